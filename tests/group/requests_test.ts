import { expect } from "expect";
import type { RequestContext, StandardSchema } from "../../mod.ts";
import { peerOf } from "../../src/group/web_group.ts";
import { TestNetwork } from "../../src/testing/testing.ts";
import { encodeChannelMessage } from "../../src/wire/channel_message.ts";
import { DeployedPeer } from "../sim/deployed_peer.ts";
import { SimNetwork } from "../sim/sim_network.ts";
import { joined, KEY, settle } from "./joined.ts";

Deno.test("request() is served by onRequest of the member", async () => {
  const { network, members: [one, other] } = joined(2);
  const asked: unknown[] = [];
  other!.group.channel<string, Uint8Array>("docs", {
    onRequest: (name, { sender }) => {
      asked.push([name, sender]);
      return new Uint8Array([name.length]);
    },
  });
  const reply = one!.group.channel<string, Uint8Array>("docs").request(other!.group.myId, "doc 7");
  await settle(network);
  expect([asked, await reply]).toEqual([[["doc 7", one!.group.myId]], new Uint8Array([5])]);
});

Deno.test("request() rejects with a code for each failure", async () => {
  const { network, members: [one, other] } = joined(2);
  const { myId } = other!.group;
  const serve = (name: string, onRequest: () => unknown) =>
    other!.group.channel<null>(name, { onRequest });
  serve("throws", () => {
    throw new RangeError("no such document");
  });
  serve("nothing", () => undefined);
  let signalOfServer: AbortSignal | undefined;
  other!.group.channel<null>("never", {
    onRequest: (_, { signal }) => {
      signalOfServer = signal;
      return new Promise(() => {});
    },
  });
  const request = (name: string, id = myId, signal?: AbortSignal) =>
    one!.group.channel<null>(name).request(id, null, { signal }).catch((error) =>
      error.code ?? error
    );
  const abort = new AbortController();
  const codes = ["nobody", "throws", "nothing"].map((name) => request(name));
  const aborted = request("never", myId, abort.signal);
  const left = request("never");
  await settle(network);
  expect(await Promise.all(codes)).toEqual(["UNSERVED", "FAILED", undefined]);
  expect(await request("never", 7)).toBe("MEMBER_LEFT");
  const firstSignal = signalOfServer;
  abort.abort("enough");
  await settle(network);
  expect(await aborted).toBe("enough");
  expect(firstSignal?.aborted ?? false).toBe(false);
  other!.group.leave();
  await settle(network);
  expect([await left, signalOfServer?.aborted]).toEqual(["MEMBER_LEFT", true]);
});

Deno.test("request() rejects if the reply is above the maxMessageSize of this peer", async () => {
  const network = new SimNetwork({ seed: 1 });
  const one = network.add("one", { maxMessageSize: 262_144 });
  const other = network.add("other");
  for (const { group } of [one, other]) group.join(KEY);
  network.run(5_000);
  other.group.channel("docs", { onRequest: () => "x".repeat(300_000) });
  const request = one.group.channel("docs").request(other.group.myId, "doc 7");
  const rejects = expect(request).rejects.toMatchObject({
    code: "FAILED",
    message: expect.stringMatching(/maxMessageSize/),
  });
  await settle(network);
  await rejects;
});

Deno.test("close() of a channel cancels its requests at the member", async () => {
  const { network, members: [one, other] } = joined(2);
  let signal: AbortSignal | undefined;
  other!.group.channel<null>("docs", {
    onRequest: (_, context) => {
      signal = context.signal;
      return new Promise(() => {});
    },
  });
  const docs = one!.group.channel<null>("docs");
  const rejects = expect(docs.request(other!.group.myId, null)).rejects.toMatchObject({
    name: "AbortError",
  });
  await settle(network);
  docs.close();
  await settle(network);
  await rejects;
  expect(signal?.aborted).toBe(true);
});

Deno.test("request() rejects if the schema of the member throws, or its promise rejects", async () => {
  const validators = {
    throws: () => {
      throw new Error("a defect");
    },
    rejects: () => Promise.reject(new Error("a defect")),
  };
  for (const [name, validate] of Object.entries(validators)) {
    const { network, members: [one, other] } = joined(2);
    const schema: StandardSchema<null> = { "~standard": { validate } };
    other!.group.channel("docs", { schema, onRequest: () => 1 });
    const request = one!.group.channel<null>("docs").request(other!.group.myId, null);
    const code = request.then(() => "none", (error) => error.code);
    await expect(settle(network)).rejects.toThrow("a defect");
    await settle(network).catch(() => {});
    expect([name, await code]).toEqual([name, "FAILED"]);
  }
});

Deno.test("a member cannot repeat a request, or have more than 1,024 pending ones", async () => {
  const { network, members: [one, other] } = joined(2);
  let served = 0;
  other!.group.channel("docs", {
    onRequest: () => {
      served++;
      return new Promise(() => {});
    },
  });
  const docs = encodeChannelMessage({ name: "docs", json: "1", request: 7 });
  for (let sent = 0; sent < 3; sent++) {
    peerOf(one!.group).messaging.send(docs, undefined, "channel");
  }
  await settle(network);
  expect(served).toBe(1);
  const channel = one!.group.channel("docs");
  for (let sent = 0; sent < 1_500; sent++) channel.request(other!.group.myId, 1).catch(() => {});
  await settle(network);
  expect(served).toBe(1_024);
});

for (const slow of ["onRequest", "schema"]) {
  Deno.test(`request() rejects if the channel is closed while its ${slow} is running`, async () => {
    const { network, members: [client, server] } = joined(2);
    let finish = () => {};
    const promise = new Promise<void>((resolve) => finish = resolve);
    const served = server!.group.channel<string, string>("docs", {
      onRequest: async (data) => {
        if (slow === "onRequest") await promise;
        return data;
      },
      schema: {
        "~standard": {
          validate: async (value) => {
            if (slow === "schema") await promise;
            return { value: String(value) };
          },
        },
      },
    });
    const docs = client!.group.channel<string, string>("docs");
    const code = docs.request(server!.group.myId, "a").catch(({ code }) => code);
    await settle(network);
    served.close();
    await settle(network);
    expect(await code).toBe("UNSERVED");
    finish();
    await settle(network);
    network.run(2_000);
  });
}

Deno.test("request() rejects if a value that is delivered before it closes the channel", async () => {
  const { network, members: [client, server] } = joined(2);
  const docs = server!.group.channel<null>("docs", { onRequest: () => "reply" });
  docs.onMessage = () => docs.close();
  const channel = client!.group.channel<null>("docs", { delivery: "latest" });
  channel.send(null);
  const code = channel.request(server!.group.myId, null).catch(({ code }) => code);
  await settle(network);
  network.run(2_000);
  expect(await Promise.race([code, "pending"])).toBe("UNSERVED");
});

Deno.test("onRequest can reply after it has closed its channel", async () => {
  // Promises settle between any two events.
  using network = new TestNetwork();
  const [client, server] = await network.groups(2);
  const results = ["returns", "resolves", "throws"].map((how) => {
    const once = server.channel<null>(how, {
      onRequest: () => {
        once.close();
        if (how === "throws") throw new Error("the last one");
        return how === "resolves" ? Promise.resolve(how) : how;
      },
    });
    return client.channel<null>(how).request(server.myId, null).catch(({ code }) => code);
  });
  await network.settled();
  expect(await Promise.all(results)).toEqual(["returns", "resolves", "UNSERVED"]);
});

Deno.test("request() to this member itself is served by its own channel", async () => {
  const { network, members: [one] } = joined(1);
  const { group } = one!;
  const options = { onRequest: (move: string, { sender }: RequestContext) => [move, sender] };
  const game = group.channel<string, unknown>("game", options);
  const other = group.channel<string, unknown>("other");
  const replies = [
    game.request(group.myId, "left"),
    other.request(group.myId, "left").catch(({ code }) => code),
  ];
  await settle(network);
  expect(await Promise.all(replies)).toEqual([["left", group.myId], "UNSERVED"]);
  const never = new Promise<never>(() => {});
  const slow = group.channel<null, never>("slow", { onRequest: () => never });
  const left = slow.request(group.myId, null).catch(({ code }) => code);
  await settle(network);
  group.leave();
  expect(await left).toBe("MEMBER_LEFT");
});

Deno.test("request() warns the program whose onRequest throws", async () => {
  const { network, members: [client, server] } = joined(2);
  const onRequest = () => {
    throw new Error("a bug");
  };
  server!.group.channel("api", { onRequest });
  const reply = client!.group.channel("api").request(server!.group.myId, null);
  const message = reply.catch((error) => error.message);
  await settle(network);
  expect(await message).toBe('Cannot request on channel "api": a bug');
  expect(network.world.warnings.at(-1))
    .toBe(`A request of member ${client!.group.myId} on channel api failed: a bug`);
});

for (
  const [thrown, text] of [
    ["no", "no"],
    [Symbol("no"), "Symbol(no)"],
    [{ message: 404 }, "a value of type Object"],
  ] as const
) {
  Deno.test(`request() rejects when onRequest throws the ${typeof thrown} ${text}`, async () => {
    const { network, members: [server, client] } = joined(2);
    server!.group.channel("docs", {
      onRequest: () => {
        throw thrown;
      },
    });
    const reply = client!.group.channel("docs").request(server!.group.myId, null);
    const message = reply.catch((error) => error.message);
    await settle(network);
    expect(await message).toBe(`Cannot request on channel "docs": ${text}`);
  });
}

Deno.test("onRequest that throws when its signal is aborted causes no warning", async () => {
  const { network, members: [server, client] } = joined(2);
  server!.group.channel("docs", {
    onRequest: (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const controller = new AbortController();
  const docs = client!.group.channel("docs");
  docs.request(server!.group.myId, null, { signal: controller.signal }).catch(() => {});
  await settle(network);
  controller.abort();
  await settle(network);
  expect(network.world.warnings).toEqual([]);
});

Deno.test("request() settles in a burst of more requests than can wait for a reply", async () => {
  const { network, members: [server, client] } = joined(2);
  server!.group.channel("docs", { onRequest: () => 1 });
  const docs = client!.group.channel<null, number>("docs");
  const replies = Array.from(
    { length: 10_000 },
    () => docs.request(server!.group.myId, null).catch(({ message }) => message),
  );
  for (let turn = 0; turn < 20; turn++) await settle(network);
  const failed = 'Cannot request on channel "docs": 8192 others wait for a reply';
  const seen = await Promise.all(replies);
  expect([seen[0], seen[8_191] === failed, seen[8_192]]).toEqual([1, false, failed]);
  const next = docs.request(server!.group.myId, null);
  await settle(network);
  expect(await next).toBe(1);
});

Deno.test("request() to this member rejects before join(), and when the group is left", async () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("one");
  let served = 0;
  const docs = group.channel("docs", { onRequest: () => ++served });
  const codes: Promise<unknown>[] = [];
  const request = (id: number) => {
    codes.push(docs.request(id, null).catch(({ code }) => code));
  };
  request(group.myId);
  group.onMyId = (id) => {
    request(id);
    group.leave();
  };
  group.join(KEY).catch(() => {});
  await settle(network);
  group.onMyId = null;
  group.join(KEY);
  network.run(5_000);
  request(group.myId);
  group.leave();
  await settle(network);
  expect([await Promise.all(codes), served]).toEqual([
    ["MEMBER_LEFT", "MEMBER_LEFT", "MEMBER_LEFT"],
    0,
  ]);
});

Deno.test("a request to this member itself that is given up aborts the signal of its onRequest", async () => {
  const { network, members: [one] } = joined(1);
  const { group } = one!;
  let served: AbortSignal | undefined;
  const game = group.channel<null>("game", {
    onRequest: (_, { signal }) => {
      served = signal;
      return new Promise(() => {});
    },
  });
  const controller = new AbortController();
  const request = game.request(group.myId, null, { signal: controller.signal });
  await settle(network);
  controller.abort("enough");
  await settle(network);
  expect(await request.catch((reason) => reason)).toBe("enough");
  expect(served?.aborted).toBe(true);
});

for (const how of ["gives up", "leaves"]) {
  Deno.test(`a member that ${how} while a schema is running is not served`, async () => {
    const { network, members: [client, server] } = joined(2);
    let finish = () => {};
    const promise = new Promise<void>((resolve) => finish = resolve);
    const signals: AbortSignal[] = [];
    server!.group.channel<unknown>("docs", {
      onRequest: (_, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
      schema: { "~standard": { validate: (value) => promise.then(() => ({ value })) } },
    });
    const controller = new AbortController();
    const docs = client!.group.channel("docs");
    docs.request(server!.group.myId, 1, { signal: controller.signal }).catch(() => {});
    await settle(network);
    if (how === "leaves") client!.group.leave();
    else controller.abort();
    await settle(network);
    finish();
    await settle(network);
    expect(signals.filter(({ aborted }) => !aborted)).toEqual([]);
  });
}

Deno.test("request() to a Netflux 4 peer rejects, also before it is known to be one", async () => {
  const network = new SimNetwork({ seed: 1 });
  const bot = network.addBot("bot", { leaveOnceAlone: false });
  const { group } = network.joinAs(bot, KEY);
  network.run(2_000);
  const channel = group.channel("docs");
  const codes: unknown[] = [];
  const request = (member: number) =>
    channel.request(member, null).catch((e) => codes.push(e.code));
  group.addEventListener("memberjoin", ({ member }) => void request(member));
  const deployed = new DeployedPeer(network.world);
  deployed.enter(bot.url!, group.id, KEY);
  network.run(10_000);
  await settle(network);
  expect([group.members, codes]).toEqual([[group.myId, deployed.id], ["UNSUPPORTED"]]);
  request(deployed.id);
  await settle(network);
  expect(codes).toEqual(["UNSUPPORTED", "UNSUPPORTED"]);
});
