import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { Mailbox } from "../../src/machine/mailbox.ts";

/** Handling one event posts others. */
function mailboxOf(
  next: Readonly<Record<string, { post?: string[]; follow?: string[]; fails?: boolean }>>,
): {
  post: (event: string) => void;
  follow: (event: string) => void;
  handled: string[];
  errors: unknown[];
  rests: () => number;
} {
  const handled: string[] = [];
  const errors: unknown[] = [];
  let rests = 0;
  let depth = 0;
  const mailbox = new Mailbox((error) => errors.push(error), () => rests++);
  const handle = (event: string) => {
    expect(++depth).toBe(1);
    handled.push(event);
    for (const one of next[event]?.post ?? []) post(one);
    for (const one of next[event]?.follow ?? []) follow(one);
    depth--;
    if (next[event]?.fails) throw new Error(event);
  };
  const post = (event: string) => mailbox.post(() => handle(event));
  const follow = (event: string) => mailbox.follow(() => handle(event));
  return { post, follow, handled, errors, rests: () => rests };
}

Deno.test("Mailbox.post() handles an event synchronously when idle", () => {
  const { post, handled, rests } = mailboxOf({});
  post("a");
  expect([handled, rests()]).toEqual([["a"], 1]);
  post("b");
  expect([handled, rests()]).toEqual([["a", "b"], 2]);
});

Deno.test("Mailbox.post() from a handler waits until the handler has ended", () => {
  const { post, handled, rests } = mailboxOf({ a: { post: ["b", "c"] }, b: { post: ["d"] } });
  post("a");
  expect([handled, rests()]).toEqual([["a", "b", "c", "d"], 1]);
});

Deno.test("Mailbox.follow() runs events in order, before waiting inputs", () => {
  const { post, handled } = mailboxOf({
    a: { post: ["outside"], follow: ["b", "c"] },
    b: { follow: ["d"] },
  });
  post("a");
  expect(handled).toEqual(["a", "b", "c", "d", "outside"]);
});

Deno.test("Mailbox.follow() handles an event synchronously outside of a handler", () => {
  const { follow, handled } = mailboxOf({});
  follow("a");
  expect(handled).toEqual(["a"]);
});

Deno.test("Mailbox.prepare() calls idle() only after the prepared turn, and keeps the order", () => {
  const order: string[] = [];
  const mailbox = new Mailbox((error) => order.push(String(error)), () => order.push("idle"));
  mailbox.prepare(() => order.push("alone"));
  mailbox.post(() => {
    mailbox.post(() => order.push("posted"));
    mailbox.prepare(() => order.push("prepared"));
    mailbox.follow(() => order.push("following"));
  });
  mailbox.prepare(() => {
    mailbox.follow(() => order.push("follows"));
    throw new Error("failed");
  });
  expect(order).toEqual([
    "alone",
    "following",
    "posted",
    "prepared",
    "idle",
    "Error: failed",
    "follows",
    "idle",
  ]);
});

Deno.test("Mailbox.isPreparing() holds in turns of prepare() that found the mailbox empty", () => {
  const mailbox = new Mailbox(() => {});
  const seen: Record<string, boolean> = {};
  const note = (turn: string) => seen[turn] = mailbox.isPreparing();
  note("before");
  mailbox.prepare(() => {
    note("alone");
    mailbox.post(() => note("posted by it"));
  });
  mailbox.post(() => {
    note("input");
    mailbox.prepare(() => note("during an input"));
  });
  note("after");
  expect(seen).toEqual({
    "before": false,
    "alone": true,
    "posted by it": false,
    "input": false,
    "during an input": false,
    "after": false,
  });
});

Deno.test("Mailbox continues after a handler that throws, and reports the error", () => {
  const { post, handled, errors, rests } = mailboxOf({
    a: { post: ["c"], follow: ["b"], fails: true },
    b: { fails: true },
  });
  post("a");
  post("d");
  expect(handled).toEqual(["a", "b", "c", "d"]);
  expect(errors.map(String)).toEqual(["Error: a", "Error: b"]);
  expect(rests()).toBe(2);
});

Deno.test("Mailbox runs no turn twice if report() throws", () => {
  const handled: string[] = [];
  const mailbox = new Mailbox((error) => {
    throw error;
  });
  const fails = () => {
    handled.push("fails");
    throw new Error("failed");
  };
  expect(() =>
    mailbox.post(() => {
      mailbox.follow(fails);
      mailbox.post(fails);
    })
  ).toThrow("failed");
  mailbox.post(() => handled.push("next"));
  expect(handled).toEqual(["fails", "next"]);
});

Deno.test("Mailbox permits post() from idle()", () => {
  const handled: string[] = [];
  const mailbox: Mailbox = new Mailbox(() => {}, () => {
    if (handled.length < 3) mailbox.post(() => handled.push("again"));
  });
  mailbox.post(() => handled.push("first"));
  expect(handled).toEqual(["first", "again", "again"]);
});

Deno.test("Mailbox handles each input once, and all events that follow from it before the next input", () => {
  const tree = fc.array(fc.record({ parent: fc.nat(), follows: fc.boolean() }), { maxLength: 30 });
  fc.assert(fc.property(tree, (nodes) => {
    const next: Record<string, { post: string[]; follow: string[] }> = { root: blank() };
    const ids = ["root"];
    for (const [index, { parent, follows }] of nodes.entries()) {
      const from = ids[parent % ids.length] ?? "root";
      next[`${index}`] = blank();
      next[from]?.[follows ? "follow" : "post"].push(`${index}`);
      ids.push(`${index}`);
    }
    const { post, handled } = mailboxOf(next);
    post("root");
    expect([...handled].sort()).toEqual([...ids].sort());
    const at = (id: string) => handled.indexOf(id);
    for (const { post, follow } of Object.values(next)) {
      for (const late of post) {
        for (const early of follow) expect(at(early)).toBeLessThan(at(late));
      }
    }
  }));
});

function blank(): { post: string[]; follow: string[] } {
  return { post: [], follow: [] };
}
