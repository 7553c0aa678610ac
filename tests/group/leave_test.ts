import { expect } from "expect";
import { SignalingState, WebGroupState } from "../../src/group/state.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { membersOf, messagesOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";

const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1);

/** Only a bot connects the far member with the page. */
function relayed(seed: number): { network: SimNetwork; page: SimPeer; far: SimPeer } {
  const network = new SimNetwork({ seed });
  network.joinAs(network.addBot("bot", { leaveOnceAlone: false }), "key");
  network.run(1_000);
  const [page, far] = [network.add("page", { rtc: false }), network.add("far", { rtc: false })];
  for (const { group } of [page, far]) group.join("key");
  network.run(20_000);
  expect([page.group.members.length, page.group.neighbors.length]).toEqual([3, 1]);
  return { network, page, far };
}

Deno.test("WebGroup.leave() delivers messages that were sent right after join() settled", async () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const [stays, leaver] = [network.add("stays"), network.add("leaver")];
    stays.group.join("key");
    network.run(2_000);
    const joined = leaver.group.join("key");
    const left = joined.then(async () => {
      await leaver.group.send("the only message");
      await leaver.group.leave();
    });
    await settled(network, left);
    expect([seed, messagesOf(stays).map(([, data]) => data)]).toEqual([seed, ["the only message"]]);
  }
});

Deno.test("WebGroup.leave() delivers messages that were sent in the same turn as the join", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const [stays, leaver] = [network.add("stays"), network.add("leaver")];
    stays.group.join("key");
    network.run(2_000);
    leaver.group.onMemberJoin = () => {
      leaver.group.send("before the sessions have met");
      leaver.group.leave();
    };
    leaver.group.join("key");
    network.run(5_000);
    expect([seed, messagesOf(stays).map(([, data]) => data)]).toEqual([
      seed,
      ["before the sessions have met"],
    ]);
    expect(membersOf(stays)).toEqual([stays.group.myId]);
  }
});

Deno.test("WebGroup.leave() reports the leave to relayed members after all messages", () => {
  for (const seed of SEEDS) {
    const { network, page, far } = relayed(seed);
    const data = Array.from({ length: 60 }, (_, index) => `${index} ${"x".repeat(20_000)}`);
    for (const text of data) page.group.send(text);
    page.group.leave();
    network.run(2_000);
    expect(messagesOf(far).map(([, text]) => text)).toEqual(data);
    expect(far.group.members.length).toBe(2);
  }
});

Deno.test("WebGroup.leave() does not wait for unreachable members", async () => {
  const network = new SimNetwork({ seed: 1 });
  const [leaver, other, silent] = network.addMany(3) as [SimPeer, SimPeer, SimPeer];
  for (const { group } of [leaver, other, silent]) group.join("key");
  network.run(10_000);
  silent.machine.crash();
  leaver.group.send("to both");
  const start = network.world.clock.now();
  const left = leaver.group.leave().then(() => network.world.clock.now() - start);
  await settled(network, left);
  expect(await left).toBeLessThan(2_500);
  expect(messagesOf(other).map(([, text]) => text)).toEqual(["to both"]);
});

Deno.test("WebGroup.leave() settles for every caller when everything is flushed", async () => {
  const { network, page, far } = relayed(1);
  page.group.send("x".repeat(300_000));
  const arrivedAt: number[] = [];
  const note = () => void arrivedAt.push(messagesOf(far).length);
  const calls = [page.group.leave(), page.group.leave()].map((call) => call.then(note));
  await settled(network, Promise.all(calls));
  expect(arrivedAt).toEqual([1, 1]);
});

Deno.test("WebGroup.leave() and join() in one turn keep the two groups apart", () => {
  const network = new SimNetwork({ seed: 3 });
  const [back, other] = network.addMany(2) as [SimPeer, SimPeer];
  for (const { group } of [back, other]) group.join("key");
  network.run(5_000);
  const before = back.group.myId;
  back.group.send("from the first");
  back.group.leave();
  back.group.join("key");
  back.group.send("to nobody yet");
  network.run(5_000);
  expect(messagesOf(other)).toEqual([[before, "from the first"]]);
  expect(membersOf(other)).toEqual(membersOf(back));
  expect(back.group.members.length).toBe(2);
});

Deno.test("WebGroup: relayed members also notice a closed page without delay", () => {
  for (const how of ["unloaded", "persisted"] as const) {
    const network = new SimNetwork({ seed: 1 });
    network.joinAs(network.addBot("bot", { leaveOnceAlone: false }), "key");
    network.run(1_000);
    const far = network.add("far", { rtc: false });
    const machine = network.world.addMachine("page", { rtc: false });
    const options = { signalingServer: SimNetwork.SIGNALING, autoRejoin: false };
    const page = new WebGroup(options, machine);
    for (const group of [page, far.group]) group.join("key");
    network.run(20_000);
    expect([far.group.members.length, far.group.neighbors.length]).toEqual([3, 1]);
    page.send("last words");
    machine.hidePage(how);
    network.run(2_000);
    expect(far.group.members.length).toBe(2);
    expect(messagesOf(far).map(([, text]) => text)).toEqual(["last words"]);
  }
});

Deno.test("WebGroup.join() settles when the earlier members list this one", async () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const all = network.addMany(5);
    for (const one of all) {
      await settled(network, one.group.join("key"));
      const others = all.filter(({ group }) => group.myId !== 0 && group !== one.group);
      for (const { group } of others) group.send("welcome");
      network.run(1_000);
      expect([seed, messagesOf(one).length]).toEqual([seed, others.length]);
    }
  }
});

Deno.test("WebGroup.join() does not wait long for a member that it cannot reach", async () => {
  const network = new SimNetwork({ seed: 1 });
  const [first, silent, joiner] = network.addMany(3) as [SimPeer, SimPeer, SimPeer];
  for (const { group } of [first, silent]) group.join("key");
  network.run(5_000);
  silent.machine.crash();
  const start = network.world.clock.now();
  await settled(network, joiner.group.join("key"));
  expect(network.world.clock.now() - start).toBeLessThan(5_000);
  expect(joiner.group.state).toBe(1);
});

Deno.test("WebGroup.join() of another key rejects while a group is joined", async () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("one");
  const first = group.join("key");
  await expect(group.join("other")).rejects.toMatchObject({ name: "InvalidStateError" });
  await settled(network, first);
  await expect(group.join("other")).rejects.toMatchObject({ name: "InvalidStateError" });
  await Promise.all([group.join("key"), group.join()]);
  expect(group.key).toBe("key");
});

Deno.test("WebGroup.join(): a signal cancels one call, and the join with the last one", async () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("one");
  const first = group.join("key");
  const given = new AbortController();
  const second = group.join("key", { signal: given.signal });
  given.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  await settled(network, first);
  expect(group.state).toBe(1);
  await group.leave();
  const alone = new AbortController();
  const third = group.join("key", { signal: alone.signal });
  alone.abort(new Error("enough"));
  await expect(third).rejects.toThrow("enough");
  expect(group.state).toBe(2);
});

for (const next of ["other", "key"]) {
  Deno.test(`join("${next}") joins after a join was aborted in the same handler`, async () => {
    const network = new SimNetwork({ seed: 1 });
    const { group } = network.add("one");
    const given = new AbortController();
    let second: Promise<void> | undefined;
    group.addEventListener("signalingstatechange", ({ state }) => {
      if (state !== SignalingState.OPEN || second !== undefined) return;
      given.abort(new Error("enough"));
      second = group.join(next);
    });
    const first = group.join("key", { signal: given.signal });
    network.run(10_000);
    await expect(first).rejects.toThrow("enough");
    await second;
    expect(group.key).toBe(next);
  });
}

Deno.test("WebGroup.leave() in a handler leaves without further events", () => {
  for (const seed of SEEDS) {
    for (const leaveAt of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const network = new SimNetwork({ seed });
      const [there, leaver] = [network.add("there"), network.add("leaver")];
      there.group.join("key");
      network.run(2_000);
      there.group.send("to nobody");
      let count = 0;
      let expected: string[] | undefined;
      const after: string[] = [];
      network.watch = ({ name }, [kind]) => {
        if (name !== "leaver") return;
        if (expected !== undefined) return void after.push(kind);
        if (++count !== leaveAt) return;
        const { group } = leaver;
        const others = group.members.filter((id) => id !== group.myId);
        expected = [
          ...others.map(() => "leave"),
          ...(group.signalingState === SignalingState.CLOSED ? [] : ["signaling"]),
          ...(group.state === WebGroupState.LEFT ? [] : ["state"]),
        ];
        group.leave();
        expect([group.state, group.members, group.myId]).toEqual([2, [], 0]);
      };
      leaver.group.join("key");
      network.run(10_000);
      expect([seed, leaveAt, after]).toEqual([seed, leaveAt, expected]);
      expect(membersOf(there)).toEqual([there.group.myId]);
    }
  }
});

Deno.test("WebGroup: a member that leaves while another joins is not listed by the newcomer", async () => {
  for (const seed of SEEDS) {
    for (let afterMs = 0; afterMs < 600; afterMs += 20) {
      const network = new SimNetwork({ seed });
      network.joinAs(network.addBot("bot", { leaveOnceAlone: false }), "key");
      network.run(1_000);
      const [leaver, joiner] = [network.add("leaver"), network.add("joiner")];
      leaver.group.join("key");
      network.run(3_000);
      const start = network.world.clock.now();
      const joined = joiner.group.join("key").then(() => network.world.clock.now() - start);
      network.run(afterMs);
      leaver.group.leave();
      await settled(network, joined);
      network.run(2_000);
      expect([seed, afterMs, joiner.group.members.length]).toEqual([seed, afterMs, 2]);
      expect([seed, afterMs, await joined < 1_500]).toEqual([seed, afterMs, true]);
    }
  }
});

async function settled<Value>(network: SimNetwork, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const end = () => void (isSettled = true);
  promise.then(end, end);
  for (let step = 0; step < 20_000 && !isSettled; step++) {
    network.run(1);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(isSettled).toBe(true);
  return promise;
}

Deno.test("WebGroup.leave() in a listener of memberleave reports each event once", () => {
  for (const inMessage of [false, true]) {
    const network = new SimNetwork({ seed: 1 });
    const [one, two] = network.addMany(4);
    for (const { group } of network.peers) group.join("key");
    network.run(5_000);
    const before = one!.seen.length;
    const others = one!.group.members.filter((id) => id !== one!.group.myId);
    one!.group.addEventListener("memberleave", () => void one!.group.leave());
    if (inMessage) one!.group.addEventListener("message", () => void one!.group.leave());
    if (inMessage) two!.group.send("bye");
    else two!.group.leave();
    network.run(2_000);
    const seen = one!.seen.slice(before).filter(([kind]) => kind !== "message");
    expect(seen.filter(([kind]) => kind === "leave").map(([, id]) => id).sort())
      .toEqual([...others].sort());
    expect(seen.slice(others.length)).toEqual([
      ["signaling", SignalingState.CLOSED],
      ["state", WebGroupState.LEFT],
    ]);
  }
});
