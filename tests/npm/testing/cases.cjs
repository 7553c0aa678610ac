/**
 * Tests by netflux/testing, for each test runner.
 *
 * @param runner Its `test` and `expect`, its fake timers, and the package as it loads that.
 */
module.exports = ({ test, expect, timers, WebGroup, TestNetwork }) => {
  const signalingServer = "wss://signaling.example.org";

  /** Code under test: two groups, what each heard, and who was there. */
  function chat() {
    const heard = [];
    const groups = ["ada", "bob"].map((name) => {
      const group = new WebGroup({ signalingServer });
      group.onMessage = (_id, text) => heard.push(`${name}: ${text}`);
      return group;
    });
    return { groups, heard };
  }

  test("groups of a network hear each other", async () => {
    const network = new TestNetwork({ latency: 30 });
    const [ada, bob, eve] = await network.groups(3);
    const heard = [];
    for (const group of [bob, eve]) group.onMessage = (id, text) => heard.push([id, text]);
    ada.send("hello");
    await network.settled();
    expect(heard).toEqual([[ada.myId, "hello"], [ada.myId, "hello"]]);
    expect(ada instanceof WebGroup).toEqual(true);
    network.crash(eve);
    await network.advance(60_000);
    expect([...bob.members].sort()).toEqual([ada.myId, bob.myId].sort());
    network.close();
    expect([ada.members.length, bob.members.length]).toEqual([0, 0]);
  });

  test("code under test joins an installed network by itself", async () => {
    const network = new TestNetwork();
    network.install();
    const { groups: [ada, bob], heard } = chat();
    await Promise.all([ada.join("room"), bob.join("room")]);
    const answered = new Promise((resolve) => {
      ada.onMessage = (_id, text) => resolve(text);
    });
    bob.onMessage = (id, text) => bob.sendTo(id, `${text} to you`);
    ada.send("hello");
    expect(await answered).toEqual("hello to you");
    await Promise.all([ada.leave(), bob.leave()]);
    expect(heard).toEqual([]);
    network.close();
  });

  test("fake timers move the network", async () => {
    timers.use();
    try {
      const network = new TestNetwork({ latency: 30 });
      network.install();
      const { groups: [ada, bob], heard } = chat();
      const joins = [ada, bob].map((group) => group.join("room"));
      await timers.advance(2_000);
      await Promise.all(joins);
      expect(ada.members.length).toEqual(2);

      ada.send("hello");
      setTimeout(() => heard.push("29 ms"), 29);
      setTimeout(() => heard.push("32 ms"), 32);
      await timers.advance(28);
      expect(heard).toEqual([]);
      await timers.advance(4);
      expect(heard).toEqual(["29 ms", "bob: hello", "32 ms"]);

      network.crash(bob);
      await timers.advance(20_000);
      expect(ada.members.length).toEqual(2);
      await timers.advance(20_000);
      expect(ada.members.length).toEqual(1);
      const left = ada.leave();
      await timers.advance(2_000);
      await left;
      network.close();
    } finally {
      timers.end();
    }
  });

  test("a network advances the fake timers itself", async () => {
    timers.use();
    try {
      const network = new TestNetwork({ latency: 30 });
      const [ada, bob] = await network.groups(2);
      const heard = [];
      bob.onMessage = (_id, text) => heard.push(text);
      ada.send("hello");
      await network.settled();
      expect(heard).toEqual(["hello"]);
      setTimeout(() => heard.push("1 s"), 1_000);
      await network.advance(999);
      expect(heard).toEqual(["hello"]);
      await network.advance(1);
      expect(heard).toEqual(["hello", "1 s"]);
      network.close();
    } finally {
      timers.end();
    }
  });

  test("fake timers may come and go", async () => {
    const network = new TestNetwork({ latency: 30 });
    const [ada, bob] = await network.groups(2);
    const heard = [];
    bob.onMessage = (_id, text) => heard.push(text);
    timers.use();
    try {
      ada.send("with fake timers");
      await timers.advance(100);
      expect(heard).toEqual(["with fake timers"]);
    } finally {
      timers.end();
    }
    ada.send("with real timers");
    await network.settled();
    expect(heard).toEqual(["with fake timers", "with real timers"]);
    network.crash(bob);
    await network.advance(60_000);
    expect(ada.members.length).toEqual(1);
    network.close();
  });
};
