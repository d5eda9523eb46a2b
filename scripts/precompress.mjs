// Compresses the files of a site once, so that the server sends them as they
// are: FILE.br (brotli 11) and FILE.gz beside each script, style, wasm and svg.
//
//   node precompress.mjs SITE STAMPS.json
//
// STAMPS.json remembers the checksum of each file that was compressed; a file
// that did not change is left alone, and leftovers of removed files go.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";

const [site, stampFile] = process.argv.slice(2);
const wanted = /\.(js|mjs|wasm|css|svg|json|webmanifest)$/;
const compressed = /\.(br|gz)$/;

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

const read = () => {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return {};
  }
};

const before = read();
const after = {};
const files = readdirSync(site, { recursive: true }).filter((name) => statSync(join(site, name)).isFile());

const compress = async (name) => {
  const path = join(site, name);
  const data = readFileSync(path);
  const sum = createHash("sha256").update(data).digest("hex");
  after[name] = sum;
  if (before[name] === sum && existsSync(`${path}.br`) && existsSync(`${path}.gz`)) return;
  const params = {
    [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
    [zlib.constants.BROTLI_PARAM_LGWIN]: 24,
    [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  const [br, gz] = await Promise.all([brotli(data, { params }), gzip(data, { level: 9 })]);
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gz);
  const kb = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
  if (data.length > 50_000) {
    console.log(`${name}: ${kb(data.length)}, brotli ${kb(br.length)}, gzip ${kb(gz.length)}.`);
  }
};

await Promise.all(files.filter((name) => wanted.test(name)).map(compress));

for (const name of files) {
  if (compressed.test(name) && !(name.replace(compressed, "") in after)) rmSync(join(site, name));
}
writeFileSync(stampFile, JSON.stringify(after));
