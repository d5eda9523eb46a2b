// A mail server for one test. What it is to be is the first argument, as JSON:
//
//   tls        "none", "starttls" or "always", with `key` and `cert` in PEM
//   user, password   whoever signs in must be this one
//   refuse     { at: "from" | "to" | "data", code, text }: what it answers there
//   hang       "greeting" | "data": where it stops answering
//
// It prints a line of JSON for everything that happens, the first with its port, and ends when its
// standard input does, which is when the test is over, however it ends.
import { SMTPServer } from "smtp-server";

const wanted = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function answer(at, callback) {
  if (wanted.refuse?.at !== at) return callback();
  callback(Object.assign(new Error(wanted.refuse.text), { responseCode: wanted.refuse.code }));
}

const server = new SMTPServer({
  secure: wanted.tls === "always",
  key: wanted.key,
  cert: wanted.cert,
  hideSTARTTLS: wanted.tls !== "starttls",
  allowInsecureAuth: true,
  authOptional: wanted.user === undefined,
  disableReverseLookup: true,
  logger: false,
  onConnect(session, callback) {
    say({ event: "connected" });
    if (wanted.hang === "greeting") say({ event: "hangs" });
    else callback();
  },
  onAuth(auth, session, callback) {
    const known = auth.username === wanted.user && auth.password === wanted.password;
    say({ event: known ? "known" : "unknown" });
    callback(known ? null : new Error("Who are you?"), known ? { user: auth.username } : undefined);
  },
  onMailFrom(address, session, callback) {
    answer("from", callback);
  },
  onRcptTo(address, session, callback) {
    answer("to", callback);
  },
  onData(stream, session, callback) {
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => {
      if (wanted.hang === "data") return say({ event: "hangs" });
      if (wanted.refuse?.at === "data") return answer("data", callback);
      say({
        event: "mail",
        from: session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map((to) => to.address),
        greeting: session.hostNameAppearsAs,
        secure: session.secure,
        user: session.user ?? null,
        raw: Buffer.concat(chunks).toString("latin1"),
      });
      callback();
    });
  },
  onClose() {
    say({ event: "closed" });
  },
});
// Clients that hang up in the middle are what some tests are about.
server.on("error", (error) => say({ event: "error", text: String(error) }));
server.listen(0, "127.0.0.1", () => say({ event: "listens", port: server.server.address().port }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
