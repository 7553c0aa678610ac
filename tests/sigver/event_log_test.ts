import { expect } from "expect";
import { EventLog, formatEvent, LOG_LEVELS, type SigverEvent } from "../../src/sigver/event_log.ts";
import { Sigver } from "../../src/sigver/server.ts";
import { FakeClient, requestUpgrade, StrictLog, VirtualClock } from "./support/fakes.ts";
import { makeWorld } from "./support/world.ts";
import { seededRandom } from "../../src/testing/random.ts";

const PSEUDONYM = /^[0-9a-f]{8}$/;

for (const [index, logLevel] of LOG_LEVELS.entries()) {
  Deno.test(`EventLog with level ${logLevel} logs this level and more severe ones`, () => {
    const logged: string[] = [];
    const log = ({ level }: SigverEvent) => logged.push(level);
    const events = new EventLog({ log, logLevel }, seededRandom(1));
    for (const level of LOG_LEVELS) events.write(level, "something");
    expect(logged).toEqual(LOG_LEVELS.slice(0, index + 1));
  });
}

Deno.test("EventLog logs pseudonyms of groups and addresses, and addresses in clear on request", () => {
  const logged: SigverEvent[] = [];
  const log = (event: SigverEvent) => logged.push(event);
  for (const logAddresses of [false, true]) {
    const events = new EventLog({ log, logAddresses }, seededRandom(1));
    events.write("info", "something", { group: "secret", address: "192.0.2.1" });
  }
  const group = expect.stringMatching(PSEUDONYM);
  const [hidden, shown] = logged;
  expect(hidden).toMatchObject({ group, address: expect.stringMatching(PSEUDONYM) });
  expect(shown).toMatchObject({ group, address: "192.0.2.1" });
});

Deno.test("EventLog uses the same pseudonym for a text, and another one with another secret", () => {
  const pseudonyms = (seed: number, keys: readonly string[]) => {
    const logged: SigverEvent[] = [];
    const events = new EventLog({ log: (event) => logged.push(event) }, seededRandom(seed));
    for (const group of keys) events.write("info", "something", { group });
    return logged.map(({ group }) => group);
  };
  const keys = Array.from({ length: 1_000 }, (_, index) => `key ${index}`);
  const [first, again, other] = [pseudonyms(1, keys), pseudonyms(1, keys), pseudonyms(2, keys)];
  expect(first).toEqual(again);
  expect(new Set(first).size).toBe(1_000);
  expect(first.filter((one, index) => one === other[index])).toEqual([]);
});

Deno.test("EventLog rejects an unknown level", () => {
  // As from a JavaScript program.
  const options = JSON.parse('{"logLevel":"loud"}');
  expect(() => new EventLog(options, seededRandom(1))).toThrow(
    'Cannot use "loud" as logLevel: error, warn, info, debug expected',
  );
});

Deno.test("Sigver rejects callbacks that are not functions", () => {
  // As from a JavaScript program.
  expect(() => new Sigver({ log: console as never })).toThrow(
    "Cannot use a value of type console as log: a function expected",
  );
  expect(() => new Sigver({ admit: true as never })).toThrow(
    "Cannot use true as admit: a function expected",
  );
});

Deno.test("Sigver logs connections and their ends with reasons, without keys", () => {
  const logged: SigverEvent[] = [];
  const clock = new VirtualClock();
  const world = { clock, random: seededRandom(1), log: new StrictLog() };
  const log = (event: SigverEvent) => logged.push(event);
  const sigver = new Sigver({ log, logLevel: "debug" }, world);
  const request = { remote: "192.0.2.7" };
  const client = (key: string) => new FakeClient(requestUpgrade(sigver, key, request));
  const [goes, errs] = [client("secret"), client("secret")];
  goes.channel.goAway();
  errs.channel.receive(Uint8Array.of(7, 7, 7));
  client("other");
  sigver.close();
  const group = expect.stringMatching(PSEUDONYM);
  const address = group;
  expect(logged).toMatchObject([
    { level: "debug", event: "opened", client: 1, group, address },
    { level: "debug", event: "opened", client: 2, group, address },
    { level: "debug", event: "closed", client: 1, group, code: 0, reason: "the client closed" },
    { level: "info", event: "closed", client: 2, group, code: 4743 },
    { level: "debug", event: "opened", client: 3, group },
    { level: "debug", event: "closed", client: 3, group, code: 1001, reason: "the server stops" },
  ]);
  expect(logged[1]?.group).toBe(logged[0]?.group);
  expect(logged[4]?.group).not.toBe(logged[0]?.group);
  expect(JSON.stringify(logged)).not.toMatch(/secret|other|192/);
});

const AT = "2027-01-31T12:00:00.000Z";

const EVENT: SigverEvent = { level: "info", event: "closed", client: 7, code: 4743 };

const LINES: readonly { readonly reason: string; readonly text: string }[] = [
  { reason: "slow", text: "reason=slow" },
  { reason: "wss://[::1]:8000", text: 'reason="wss://[::1]:8000"' },
  { reason: "two words", text: 'reason="two words"' },
  { reason: "\x9b31m\x7f\u2028", text: 'reason="\\u009b31m\\u007f\\u2028"' },
  { reason: 'a\nlevel=error "b"', text: 'reason="a\\nlevel=error \\"b\\""' },
];

for (const { reason, text } of LINES) {
  Deno.test(`formatEvent() formats ${JSON.stringify(reason)} as one line of text or JSON`, () => {
    const event = { ...EVENT, reason };
    expect(formatEvent("text", AT, event)).toBe(`${AT} info closed client=7 code=4743 ${text}\n`);
    const json = formatEvent("json", AT, event);
    // deno-lint-ignore no-control-regex
    expect(json).toMatch(/^\{[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\}\n$/);
    expect(JSON.parse(json)).toEqual({ ts: AT, ...event });
  });
}

Deno.test("Sigver continues when the log callback throws, and reports the error", () => {
  let fails = true;
  const log = ({ event }: SigverEvent) => {
    if (event !== "closed" || !fails) return;
    fails = false;
    throw new Error("the log cannot be written");
  };
  const world = makeWorld(1, { log });
  const [member, malformed] = [world.client(), world.client()];
  member.connect(1);
  malformed.connect(2, [1]);
  malformed.channel.receive(Uint8Array.of());
  member.channel.goAway();
  world.clock.pass(60_000);
  const newcomer = world.client();
  newcomer.connect(3);
  expect(newcomer.received()).toMatchObject([{ type: "connected", connected: true }]);
  expect(world.log.reported.map(String)).toEqual(["Error: the log cannot be written"]);
});
