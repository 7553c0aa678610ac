/**
 * Two groups and a bot in one process meet, talk, and leave; then the process ends by itself.
 *
 *     node main.js SIGNALING_SERVER CHANNEL
 *
 * CHANNEL is what there has to be between the two groups: rtc, or relay where there is no WebRTC.
 */

const assert = require("node:assert/strict");
const http = require("node:http");
const netflux = require("netflux");

const { Bot, webrtcUnavailable, WebGroup } = netflux;

const [, , signalingServer, channel] = process.argv;
const webGroupOptions = { signalingServer, rtcConfiguration: { iceServers: [] } };

const server = http.createServer();
const bot = new Bot({ server, signalingServer, webGroupOptions });
server.listen(0, "127.0.0.1");

const heard = { alice: new Map(), bob: new Map(), bot: new Map() };
const alice = new WebGroup(webGroupOptions);
const bob = new WebGroup(webGroupOptions);
alice.onMessage = (id, data) => heard.alice.set(id, data);
bob.addEventListener("message", ({ sender, data }) => heard.bob.set(sender, data));
bot.onWebGroup = (group) => {
  group.onMessage = (id, data) => heard.bot.set(id, data);
};

main();

async function main() {
  const key = `two groups and a bot ${Math.random()}`;
  await alice.join(key);
  await alice.invite(bot.url);
  await bob.join(key);
  await until(
    "there are three members",
    () => alice.members.length === 3 && bob.members.length === 3,
  );

  const [botGroup] = bot.webGroups.values();
  await until("the channels are as expected", async () => {
    const [ofAlice, ofBob] = [await alice.getStats(), await bob.getStats()];
    return ofAlice.get(bob.myId)?.channel === channel &&
      ofBob.get(alice.myId)?.channel === channel &&
      [ofAlice, ofBob].every((stats) => stats.get(botGroup.myId)?.channel === "ws");
  });

  alice.send("alice to all");
  bob.send(new Uint8Array([1, 2, 3]));
  botGroup.send("bot to all");
  await until("all hear all", () => Object.values(heard).every(({ size }) => size === 2));
  assert.equal(heard.bob.get(alice.myId), "alice to all");
  assert.equal(heard.bot.get(alice.myId), "alice to all");
  assert.deepEqual([...heard.alice.get(bob.myId)], [1, 2, 3]);
  assert.deepEqual([...heard.bot.get(bob.myId)], [1, 2, 3]);
  assert.equal(heard.alice.get(botGroup.myId), "bot to all");
  assert.equal(heard.bob.get(botGroup.myId), "bot to all");

  if (webrtcUnavailable !== undefined) console.log(webrtcUnavailable);
  await Promise.all([alice.leave(), bob.leave(), bot.close()]);
  server.close();
  console.log(`All heard all: ${channel} between groups, ws to the bot`);
}

async function until(what, holds) {
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
