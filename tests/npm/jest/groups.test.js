const { Bot, WebGroup } = require("netflux");

test("two groups hear each other by a data channel", async () => {
  expect(typeof document).toBe("object");
  const options = {
    signalingServer: process.env.SIGNALING_SERVER,
    rtcConfiguration: { iceServers: [] },
  };
  const groups = [new WebGroup(options), new WebGroup(options)];
  const [alice, bob] = groups;
  const said = groups.map((group) =>
    new Promise((resolve) => {
      group.onMessage = (_id, data) => resolve(data);
    })
  );
  alice.onMemberJoin = (id) => alice.sendTo(id, "привет");
  bob.onMemberJoin = (id) => bob.sendTo(id, new Uint8Array([1, 2, 3]));
  const key = "tested by Jest";
  await alice.join(key, { signal: AbortSignal.timeout(10_000) });
  await bob.join(key);
  expect(await Promise.all(said)).toEqual([new Uint8Array([1, 2, 3]), "привет"]);
  const streamed = new Promise((resolve) => {
    bob.addEventListener("stream", async ({ readable }) => {
      const { value } = await readable.getReader().read();
      resolve(value);
    });
  });
  const writer = alice.openStream(bob.myId).getWriter();
  writer.write(new DataView(new Uint8Array([4, 5]).buffer));
  expect(await streamed).toEqual(new Uint8Array([4, 5]));
  await writer.close();
  const stats = await alice.getStats();
  expect([...stats.values()].map(({ channel }) => channel)).toEqual(["rtc"]);
  await Promise.all(groups.map((group) => group.leave()));
});

test("a bot that listens says which environment it needs", async () => {
  const bot = new Bot({ signalingServer: process.env.SIGNALING_SERVER });
  await expect(bot.listen()).rejects.toThrow("in Jest, add @jest-environment node");
});
