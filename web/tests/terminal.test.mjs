// The terminal in a real browser, on a simulated machine, through a network that can be broken.
//
//   node --test web/tests/        needs: cargo, chromium, npm ci
//
// TERMINAL_SHOTS=FOLDER takes screenshots; CHROMIUM is the browser's path.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import net from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SHOTS = process.env.TERMINAL_SHOTS;
const PROMPT = "student@net101-007-abcdef:~$";

let server, browser, address, wire, context, page, complaints;

/** A TCP proxy whose connections can be broken, as by a lost network. */
class Wire {
  #sockets = new Set();
  #up = true;
  #server;

  async lay(to) {
    this.#server = net.createServer((near) => {
      if (!this.#up) return near.destroy();
      const far = net.connect(to);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  cut() {
    this.#up = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#up = true;
  }

  close() {
    this.cut();
    this.#server.close();
  }
}

before(async () => {
  const target = process.env.CARGO_TARGET_DIR ?? `${ROOT}/target`;
  const site = `${target}/terminal-test`;
  const esbuild = `${ROOT}/node_modules/.bin/esbuild`;
  const bundle = (...args) => execFileSync(esbuild, [...args, "--bundle", "--log-level=warning"], { cwd: ROOT });
  bundle("web/terminal.js", "--format=esm", "--minify", `--outfile=${site}/assets/terminal.js`);
  bundle("style/main.css", "--external:/assets/*", "--external:/fonts/*", `--outfile=${site}/pkg/lectern.css`);
  execFileSync("cargo", ["build", "-p", "gateway", "--example", "terminal"], { cwd: ROOT, stdio: "inherit" });
  server = spawn(`${target}/debug/examples/terminal`, ["127.0.0.1:0", site], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((done) => server.stdout.once("data", (data) => done(String(data))));
  wire = new Wire();
  address = await wire.lay(Number(new URL(line.trim()).port));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--no-first-run", "--disable-quic",
    ],
  });
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});

after(async () => {
  await context?.close();
  await browser?.close();
  wire?.close();
  server?.kill();
});

beforeEach(async () => {
  wire.mend();
  await context?.close();
  await control("start");
  await open({ viewport: { width: 1100, height: 640 } });
});

const control = (act) => fetch(`${address}/control/${act}`, { method: "POST" });

async function open(options) {
  context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  complaints = [];
  page = await context.newPage();
  page.on("console", (message) => {
    // What a broken network makes the browser say is no fault of the page's.
    if (message.type() === "error" && !/ERR_|WebSocket|409|404/.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(address);
  await shows(PROMPT);
}

const screen = () => page.locator(".xterm-rows").innerText();

async function until(what, check) {
  let last;
  for (let tries = 0; tries < 200; tries += 1) {
    last = await check();
    if (last === true) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`waited for ${what} in vain; last: ${last}`);
}

const shows = (text) =>
  until(JSON.stringify(text), async () => {
    const now = (await screen()).replaceAll("\u00a0", " ");
    return now.includes(text) || now;
  });
const state = (wanted) =>
  until(wanted, async () => {
    const now = await page.locator("[data-terminal-status]").getAttribute("data-state");
    return now === wanted || now;
  });
const enter = async (line) => {
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
};
const shot = (name) => SHOTS && page.screenshot({ path: `${SHOTS}/${name}.png` });
const overlay = () => page.locator("[data-terminal-overlay]");

test("a student types and sees, under the strict policy", async () => {
  await state("connected");
  await enter("whoami");
  await shows("student\n");
  await enter("echo 'visit https://labs.example.org/help'");
  await enter("uname -a");
  await shows("6.1.0-simulated");
  assert.equal(await page.locator("[data-terminal-status]").innerText(), "Connected");
  assert.equal(await overlay().isVisible(), false);
  // The rules of xterm's own <style> elements apply: its letters have one width.
  const rows = page.locator(".xterm-rows");
  assert.match(await rows.evaluate((node) => getComputedStyle(node).fontFamily), /mono/i);
  assert.equal(await rows.evaluate((node) => getComputedStyle(node).whiteSpace), "pre");
  await shot("desktop");
  assert.deepEqual(complaints, []);
});

test("a colour that a program sets is shown, without a style attribute", async () => {
  // The simulated shell prints no colours: a terminal without a machine is written to instead.
  const colour = await page.evaluate(async () => {
    const { mount } = await import("/assets/terminal.js");
    const root = document.createElement("div");
    root.style.cssText = "width:400px;height:200px";
    document.body.append(root);
    const { terminal, dispose } = mount(root, { machine: "none", page: root });
    await new Promise((done) => terminal.write("\x1b[38;2;255;200;10mgold\x1b[0m", done));
    await new Promise((done) => setTimeout(done, 200));
    const span = [...root.querySelectorAll("span")].find((node) => node.textContent === "gold");
    const colour = getComputedStyle(span).color;
    dispose();
    return colour;
  });
  assert.equal(colour, "rgb(255, 200, 10)");
  assert.deepEqual(complaints, []);
});

test("the shell knows the window's size", async () => {
  let asked = 0;
  const size = async () => {
    asked += 1;
    await enter("stty size");
    const sizes = async () => [...(await screen()).matchAll(/^(\d+)\s(\d+)\s*$/gm)];
    await until("a size", async () => (await sizes()).length === asked);
    return (await sizes()).at(-1).slice(1).map(Number);
  };
  const [rows, columns] = await size();
  await page.setViewportSize({ width: 700, height: 400 });
  await new Promise((done) => setTimeout(done, 300));
  const [fewer, narrower] = await size();
  assert.ok(fewer < rows && narrower < columns, `${rows}×${columns} → ${fewer}×${narrower}`);
  // What does not fit is not painted over the edge.
  const inside = await page.evaluate(() => {
    const of = (name) => document.querySelector(name).getBoundingClientRect();
    const [outer, inner] = [of("[data-terminal]"), of(".xterm-screen")];
    return inner.bottom <= outer.bottom && inner.right <= outer.right && inner.left >= outer.left;
  });
  assert.ok(inside);
  await page.locator('[data-terminal-font="+"]').click();
  await page.locator('[data-terminal-font="+"]').click();
  await new Promise((done) => setTimeout(done, 300));
  const [, larger] = await size();
  assert.ok(larger < narrower);
  await page.reload();
  await shows(PROMPT);
  assert.equal(await page.evaluate(() => localStorage.getItem("lectern.terminal.font")), "17");
});

test("a broken network leaves the shell and the screen as they were", async () => {
  await enter("echo before");
  await page.keyboard.type("echo half-");
  await shows("echo half-");
  wire.cut();
  await state("reconnecting");
  assert.equal(await overlay().isVisible(), true);
  await shot("reconnecting");
  wire.mend();
  await state("connected");
  // Nobody had to click: the focus never left.
  await page.keyboard.type("typed");
  await page.keyboard.press("Enter");
  await shows("half-typed\n");
  const text = await screen();
  assert.equal(text.split("echo before").length, 2, text);
  assert.doesNotMatch(text, /new shell/);
  assert.deepEqual(complaints, []);
});

test("going offline and online again connects at once", async () => {
  await enter("echo here");
  await shows("\nhere\n");
  await context.setOffline(true);
  wire.cut();
  await state("reconnecting");
  // By now it would wait for many seconds.
  await new Promise((done) => setTimeout(done, 4000));
  wire.mend();
  const since = Date.now();
  await context.setOffline(false);
  await state("connected");
  assert.ok(Date.now() - since < 1500);
  await enter("echo again");
  await shows("\nagain\n");
});

test("loading the page again keeps the shell", async () => {
  await enter("echo kept");
  await shows("\nkept\n");
  await page.reload();
  await shows("\nkept\n");
  await enter("hostname");
  await shows("net101-007-abcdef\n");
});

test("what prints without end can be interrupted at once", async () => {
  await enter("yes lectern");
  await shows("lectern\nlectern\nlectern");
  await new Promise((done) => setTimeout(done, 2000));
  const since = Date.now();
  await page.keyboard.press("Control+c");
  await shows("^C");
  assert.ok(Date.now() - since < 1500, `${Date.now() - since} ms`);
  await enter("whoami");
  await shows("student\n");
});

test("an ended right is told, and the button tries again", async () => {
  await control("cut");
  await state("ended");
  assert.match(await overlay().innerText(), /This machine is no longer yours to use\./);
  await shot("ended");
  const button = page.locator("[data-terminal-reconnect]");
  assert.ok(await button.evaluate((node) => node === document.activeElement));
  await button.click();
  await until("the portal's words", async () =>
    (await overlay().innerText()).includes("There is no such machine, or you may not see it."));
  await control("allow");
  await button.click();
  await state("connected");
  await enter("whoami");
  await shows("student\n");
});

test("a machine that starts again is connected to when it runs", async () => {
  await control("stop");
  await state("ended");
  assert.match(await overlay().innerText(), /The machine was stopped\./);
  await page.locator("[data-terminal-reconnect]").click();
  await until("the portal's words", async () =>
    (await overlay().innerText()).includes("The machine does not run yet. Start it first."));
  await control("start");
  await state("connected");
  await shows("a new shell");
});

test("the end of the shell is told", async () => {
  await enter("exit");
  await state("ended");
  assert.match(await overlay().innerText(), /The shell has ended\./);
  // The button has the focus.
  await page.keyboard.press("Enter");
  await state("connected");
  await enter("whoami");
  await shows("student\n");
});

test("copy and paste", async () => {
  await enter("echo copied-word");
  await shows("\ncopied-word\n");
  const word = page.locator(".xterm-rows > div", { hasText: /^copied-word\s*$/ }).first();
  const box = await word.boundingBox();
  await page.mouse.dblclick(box.x + 30, box.y + box.height / 2);
  await page.keyboard.press("Control+Shift+C");
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await until("the clipboard", async () => (await read()) === "copied-word" || (await read()));
  await page.evaluate(() => navigator.clipboard.writeText("echo pasted-by-button"));
  await page.locator("[data-terminal-paste]").click();
  await shows(`${PROMPT} echo pasted-by-button`);
  await page.keyboard.press("Control+u");
  await page.evaluate(() => navigator.clipboard.writeText("echo pasted-by-mouse"));
  await page.locator("[data-terminal]").click({ button: "right" });
  await shows(`${PROMPT} echo pasted-by-mouse`);
  await page.keyboard.press("Control+u");
  await page.evaluate(() => navigator.clipboard.writeText("echo pasted-by-keys"));
  await page.keyboard.press("Control+Shift+V");
  await shows(`${PROMPT} echo pasted-by-keys`);
  assert.equal((await screen()).split("pasted-by-keys").length, 2);
});

test("much can be pasted", async () => {
  await page.evaluate(() => navigator.clipboard.writeText(`${"x".repeat(50)}\n`.repeat(8000)));
  await page.locator("[data-terminal-paste]").click();
  await until("the last prompt", async () =>
    (await screen()).replaceAll("\u00a0", " ").trimEnd().endsWith(PROMPT));
  await state("connected");
  await enter("echo after-all");
  await shows("\nafter-all\n");
});

test("the keyboard leads out of the terminal", async () => {
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("xterm-helper-textarea")));
  await page.keyboard.press("Control+Shift+F6");
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Leave the terminal");
});

test("text for screen readers can be switched on", async () => {
  const reader = page.locator("[data-terminal-reader]");
  await reader.click();
  assert.equal(await reader.getAttribute("aria-pressed"), "true");
  await until("a list of rows", async () => (await page.locator('.xterm-accessibility [role="listitem"]').count()) > 5);
  assert.deepEqual(complaints, []);
});

test("a phone has the keys that its keyboard lacks", async () => {
  await context.close();
  await open({ viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const key = (name) => page.locator(`[data-terminal-key="${name}"]`);
  await page.keyboard.type("echo lost");
  await shows("echo lost");
  await key("Control").click();
  assert.equal(await key("Control").getAttribute("aria-pressed"), "true");
  await page.keyboard.type("c");
  await shows("^C");
  assert.equal(await key("Control").getAttribute("aria-pressed"), "false");
  await key("|").click();
  await shows(`${PROMPT} |`);
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("xterm-helper-textarea")));
  await shot("phone");
  assert.deepEqual(complaints, []);
});
