// `deno run -A main.ts SIGNALING_SERVER CHANNEL` checks the npm package in Deno. CHANNEL is the
// expected kind: rtc, or relay without WebRTC. The process must end without a signal.

import { Bot, type DataType, webrtcUnavailable, WebGroup } from "netflux";

const [signalingServer = "", channel = ""] = Deno.args;
const webGroupOptions = { signalingServer, rtcConfiguration: { iceServers: [] } };

const bot = new Bot({ signalingServer, webGroupOptions });
const server = Deno.serve({ port: 0, hostname: "127.0.0.1" }, bot.handler);

const heard = {
  alice: new Map<number, DataType>(),
  bob: new Map<number, DataType>(),
  bot: new Map<number, DataType>(),
};
const alice = new WebGroup(webGroupOptions);
const bob = new WebGroup(webGroupOptions);
alice.onMessage = (id, data) => heard.alice.set(id, data);
bob.addEventListener("message", ({ sender, data }) => heard.bob.set(sender, data));
bot.onWebGroup = (group) => {
  group.onMessage = (id, data) => heard.bot.set(id, data);
};

const key = `two groups and a bot ${Math.random()}`;
await alice.join(key);
await alice.invite(`ws://127.0.0.1:${server.addr.port}`);
await bob.join(key);
await until(
  "there are three members",
  () => alice.members.length === 3 && bob.members.length === 3,
);

const botGroup = bot.webGroups.values().next().value!;
await until("the channels are as expected", async () => {
  const [ofAlice, ofBob] = [await alice.getStats(), await bob.getStats()];
  return ofAlice.get(bob.myId)?.channel === channel && ofBob.get(alice.myId)?.channel === channel &&
    [ofAlice, ofBob].every((stats) => stats.get(botGroup.myId)?.channel === "ws");
});

alice.send("alice to all");
bob.send(new Uint8Array([1, 2, 3]));
botGroup.send("bot to all");
await until("all hear all", () => Object.values(heard).every(({ size }) => size === 2));
const bytes = new Uint8Array([1, 2, 3]);
expect(heard.bob.get(alice.myId), "alice to all");
expect(heard.bot.get(alice.myId), "alice to all");
expect(heard.alice.get(bob.myId), bytes);
expect(heard.bot.get(bob.myId), bytes);
expect(heard.alice.get(botGroup.myId), "bot to all");
expect(heard.bob.get(botGroup.myId), "bot to all");

if (webrtcUnavailable !== undefined) console.log(webrtcUnavailable);
await Promise.all([alice.leave(), bob.leave(), bot.close()]);
await server.shutdown();
console.log(`All heard all: ${channel} between groups, ws to the bot`);

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!await holds()) {
    if (performance.now() > end) {
      const stats = [...(await alice.getStats()).values()];
      const state = JSON.stringify({ webrtcUnavailable, stats });
      throw new Error(`Timed out: ${what} expected within 20 s; ${state}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function expect(data: DataType | undefined, wanted: DataType): void {
  const [said, expected] = [Deno.inspect(data), Deno.inspect(wanted)];
  if (said !== expected) throw new Error(`${expected} expected, ${said} heard`);
}
