// Each option of the library refuses values of other kinds, by an error that names it.

import { expect } from "expect";
import { Doc } from "yjs";
import { Bot, type BotOptions } from "../../bot.ts";
import { WebGroup, type WebGroupOptions } from "../../mod.ts";
import { createHandler, natsBus, Sigver, type SigverOptions } from "../../sigver.ts";
import { GroupServer, type GroupServerOptions } from "../../src/server/server.ts";
import { TestNetwork } from "../../src/testing/testing.ts";
import { folderStore, persistence, type PersistenceOptions } from "../../src/yjs/server.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";

const VALUES = {
  null: null,
  number: 5,
  negative: -1,
  NaN: NaN,
  text: "text",
  empty: "",
  boolean: true,
  object: {},
  list: [],
  numbers: [5],
  nulls: [null],
  function: () => 1,
} as const;

type Kind = keyof typeof VALUES;

interface Row {
  readonly name: string;
  readonly make: (options: Record<string, unknown>) => { close?(): unknown } | void;
  /** The kinds of values that each option accepts. */
  readonly options: Readonly<Record<string, readonly Kind[]>>;
}

const signalingServer = "ws://localhost:8000";

const GROUP: Row["options"] = {
  topology: [],
  rtcConfiguration: ["object", "list", "numbers", "nulls"],
  autoRejoin: ["boolean"],
  graceTime: [],
  maxMessageSize: [],
};

const OBJECTS: readonly Kind[] = ["object", "list"];

const SIGVER: Row["options"] = {
  limits: OBJECTS,
  origins: ["list"],
  secret: [],
  jwks: [],
  admit: ["function"],
  trustedProxies: ["list"],
  ice: OBJECTS,
  sharded: ["boolean"],
  bus: [],
  log: ["function"],
  logLevel: [],
  logAddresses: ["boolean"],
};

const ROWS: readonly Row[] = [
  {
    name: "WebGroup",
    make: (options) => void new WebGroup(options as WebGroupOptions),
    options: { ...GROUP, signalingServer: [], token: ["text", "empty", "function"] },
  },
  {
    name: "Bot",
    make: (options) => new Bot({ signalingServer, ...options } as BotOptions),
    options: {
      perMessageDeflate: ["boolean"],
      url: ["empty"],
      leaveOnceAlone: ["boolean"],
      signalingServer: [],
      webGroupOptions: OBJECTS,
      origins: ["list"],
      admit: ["function"],
      maxGroups: ["number"],
      limits: OBJECTS,
      trustedProxies: ["list"],
    },
  },
  {
    name: "Sigver",
    make: (options) => new Sigver(options as SigverOptions),
    options: SIGVER,
  },
  {
    name: "GroupServer",
    make: (options) => new GroupServer(options as GroupServerOptions),
    options: {
      ...SIGVER,
      path: [],
      relay: [],
      onGroup: ["function"],
      onError: ["function"],
      maxGroups: ["number"],
      relayLimits: OBJECTS,
      url: ["empty"],
      webGroupOptions: OBJECTS,
    },
  },
  {
    name: "createHandler()",
    make: ({ sigver }) => void createHandler(sigver as Sigver),
    options: { sigver: [] },
  },
  {
    name: "natsBus()",
    make: ({ servers = "nats://localhost", failed }) =>
      void natsBus(servers as string, failed as () => void),
    options: { servers: [], failed: ["function"] },
  },
  {
    name: "WebGroupProvider",
    make: (options) => {
      const defaults = { groupOptions: { signalingServer }, connect: false };
      const made = new WebGroupProvider("room", new Doc(), { ...defaults, ...options });
      return { close: () => made.destroy() };
    },
    options: {
      awareness: [],
      connect: ["boolean"],
      name: ["text", "empty"],
      groupOptions: OBJECTS,
    },
  },
  {
    name: "persistence()",
    make: (options) => void persistence(folderStore("./x"), options as PersistenceOptions),
    options: { name: ["text", "empty"], compactAfter: ["number"], onError: ["function"] },
  },
  {
    name: "TestNetwork",
    make: (options) => new TestNetwork(options),
    options: {
      latency: ["number"],
      loss: [],
      seed: ["number", "negative"],
      advanceTimers: ["function"],
    },
  },
];

for (const { name, make, options } of ROWS) {
  Deno.test(`${name} refuses options of another kind, and says what it expects`, async () => {
    const accepted: Record<string, Kind[]> = {};
    for (const option of Object.keys(options)) {
      const kinds: Kind[] = accepted[option] = [];
      for (const kind of Object.keys(VALUES) as Kind[]) {
        try {
          await make({ [option]: VALUES[kind] })?.close?.();
          kinds.push(kind);
        } catch (error) {
          const context = `${name} ${option} ${kind}: ${error}`;
          expect(context).toMatch(/(Type|Range)Error: Cannot use .*expected/);
        }
      }
    }
    expect(accepted).toEqual(options);
  });
}
