import { expect } from "expect";
import { BLOBS, drawFile, sha256Of } from "../../demo/files.ts";
import { type Fact, Participant } from "../../demo/participant.ts";
import type { TransferFact } from "../../demo/transfers.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

class Someone {
  readonly peer: SimPeer;
  readonly facts: Fact[] = [];
  readonly me: Participant;

  constructor(peer: SimPeer) {
    this.peer = peer;
    const person = { name: "Someone", color: 0, role: "page" } as const;
    const self = { person, shelf: BLOBS };
    this.me = new Participant(peer.group, self, (fact) => this.facts.push(fact));
  }

  get id(): number {
    return this.me.group.myId;
  }

  told<Type extends TransferFact["type"]>(type: Type): Extract<TransferFact, { type: Type }>[] {
    return this.facts.filter((fact): fact is Extract<TransferFact, { type: Type }> =>
      fact.type === type
    );
  }
}

class Trio {
  readonly network = new SimNetwork({ seed: 1 });
  readonly a = new Someone(this.network.add("a"));
  readonly b = new Someone(this.network.add("b"));
  readonly c = new Someone(this.network.add("c"));

  constructor() {
    for (const { me } of [this.a, this.b, this.c]) me.group.join("key");
    this.network.run(20_000);
  }

  /** Each step of virtual time is a turn of the real event loop. */
  async until(condition: () => boolean): Promise<void> {
    for (let steps = 0; !condition(); steps++) {
      expect(steps).toBeLessThan(20_000);
      this.network.run(5);
      await new Promise((go) => setTimeout(go));
    }
  }
}

Deno.test("Participant.sendFile() sends a file to all, and they compare its hash with the sender", async () => {
  const trio = new Trio();
  const { a, b, c } = trio;
  const file = drawFile(3_000_000, "random.bin");
  const sha256 = await sha256Of(file);
  a.me.sendFile(file);
  await trio.until(() => [...b.told("fileCompared"), ...c.told("fileCompared")].length === 2);
  await trio.until(() => a.told("fileCompared").length === 2);
  for (const { told } of [bound(a), bound(b), bound(c)]) {
    for (const { mine, theirs } of told("fileCompared")) {
      expect([mine, theirs]).toEqual([sha256, sha256]);
    }
    expect(told("fileStopped")).toEqual([]);
  }
  for (const { told } of [bound(b), bound(c)]) {
    const [{ info, from }] = told("fileBegan") as [ReturnType<typeof told<"fileBegan">>[0]];
    expect([info.name, info.bytes, info.audience, from]).toEqual([
      "random.bin",
      3_000_000,
      "all",
      a.id,
    ]);
    const content = told("fileHashed")[0]?.content;
    expect(await sha256Of(content!)).toBe(sha256);
    expect(told("fileMoved").at(-1)?.bytes).toBe(3_000_000);
  }
});

Deno.test("Participant.sendFile() sends to one member only, while messages continue", async () => {
  const trio = new Trio();
  const { a, b, c } = trio;
  a.me.sendFile(drawFile(20_000_000, "random.bin"), b.id);
  await trio.until(() => b.told("fileMoved").length > 0);
  a.me.say("are you there?", b.id);
  await trio.until(() => b.facts.some(({ type }) => type === "said"));
  expect(b.told("fileWhole")).toEqual([]);
  await trio.until(() => b.told("fileCompared").length === 1);
  expect(b.told("fileBegan")[0]?.info.audience).toBe("you");
  expect(c.told("fileBegan")).toEqual([]);
});

for (const who of ["sender", "receiver"] as const) {
  Deno.test(`Participant.cancelFile() ends a transfer at both ends, by its ${who}`, async () => {
    const trio = new Trio();
    const { a, b } = trio;
    const done = a.me.sendFile(drawFile(30_000_000, "random.bin"), b.id);
    await trio.until(() => b.told("fileMoved").length > 1);
    const [one, other] = who === "sender" ? [a, b] : [b, a];
    one.me.cancelFile(a.told("fileBegan")[0]!.info.id);
    await trio.until(() => [a, b].every((each) => each.told("fileStopped").length === 1));
    expect(one.told("fileStopped")[0]?.why).toBe("me");
    expect(other.told("fileStopped")[0]?.why).toBe("them");
    await done;
    expect([...a.told("fileWhole"), ...b.told("fileWhole")]).toEqual([]);
  });
}

Deno.test("Participant: a file that one receiver cancels still arrives at the other", async () => {
  const trio = new Trio();
  const { a, b, c } = trio;
  a.me.sendFile(drawFile(8_000_000, "random.bin"));
  await trio.until(() => b.told("fileMoved").length > 0);
  b.me.cancelFiles();
  await trio.until(() => a.told("fileCompared").length === 1);
  expect(a.told("fileCompared")[0]?.member).toBe(c.id);
  expect(a.told("fileStopped")).toMatchObject([{ member: b.id, why: "them" }]);
});

Deno.test("Participant reports a file whose sender left", async () => {
  const trio = new Trio();
  const { a, b } = trio;
  a.me.sendFile(drawFile(30_000_000, "random.bin"), b.id);
  await trio.until(() => b.told("fileMoved").length > 1);
  a.me.group.leave();
  await trio.until(() => b.told("fileStopped").length === 1);
  expect(b.told("fileStopped")[0]?.why).toBe("left");
});

Deno.test("Participant rejects streams that are not files, and bytes beyond the announced size", async () => {
  const trio = new Trio();
  const { a, b } = trio;
  const failures: unknown[] = [];
  const open = async (type: string, size: number) => {
    const writer = a.me.group.openStream(b.id, { name: "x", type, size }).getWriter();
    try {
      await writer.write(new Uint8Array(100));
      await writer.close();
    } catch (error) {
      failures.push(error);
    }
  };
  open("image/png", 100);
  open("image/png; file=f-1; to=all", 99);
  await trio.until(() => failures.length === 1 && b.told("fileStopped").length === 1);
  expect(b.told("fileBegan").map(({ info }) => info.id)).toEqual(["f-1"]);
  expect(b.told("fileStopped").map(({ why }) => why)).toEqual(["failed"]);
});

function bound(someone: Someone): { readonly told: Someone["told"] } {
  return { told: (type) => someone.told(type) };
}
