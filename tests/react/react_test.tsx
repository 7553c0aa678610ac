/** @jsxImportSource react */

import { expect } from "expect";
import { Component, type ReactNode, StrictMode } from "react";
import { create, type ReactTestRenderer } from "react-test-renderer";
import { WebGroup, WebGroupState } from "../../mod.ts";
import {
  useChannel,
  useGroup,
  useGroupState,
  useMembers,
  usePresence,
} from "../../src/react/react.ts";
import { GroupServer } from "../../src/server/server.ts";
import { until } from "../support/until.ts";

interface Shown {
  state: WebGroupState;
  members: number;
  heard: string[];
  names: string[];
  say: (text: string) => void;
  rename: (name: string) => void;
}

function Room({ url, name, room, shown }: {
  readonly url: string;
  readonly name: string;
  readonly room: string;
  readonly shown: Shown;
}) {
  const group = useGroup(room, { signalingServer: url, autoRejoin: false });
  const [others, set] = usePresence(group, { name });
  const chat = useChannel<string>(group, "chat", {
    onMessage: (_, text) => void shown.heard.push(text),
  });
  shown.state = useGroupState(group);
  shown.members = useMembers(group).length;
  shown.names = [...others.values()].map((state) => state.name);
  shown.say = (text) => void chat?.send(text);
  shown.rename = (name) => set({ name });
  return null;
}

function nothing(): Shown {
  const nobody = () => {};
  return { state: 2, members: 0, heard: [], names: [], say: nobody, rename: nobody };
}

/** A group server, and components that are mounted. */
class Stage implements AsyncDisposable {
  readonly groups: WebGroup[] = [];
  readonly #server = new GroupServer({ onGroup: (group) => void this.groups.push(group) });
  readonly #mounted: ReactTestRenderer[] = [];
  #url = "";

  static async open(): Promise<Stage> {
    const stage = new Stage();
    const { port } = await stage.#server.listen({ hostname: "127.0.0.1" });
    stage.#url = `ws://127.0.0.1:${port}`;
    return stage;
  }

  mount(name: string, shown: Shown, room = "room"): (room: string) => void {
    const element = (room: string) => (
      <StrictMode>
        <Room url={this.#url} name={name} room={room} shown={shown} />
      </StrictMode>
    );
    const renderer = create(element(room));
    this.#mounted.push(renderer);
    return (room) => renderer.update(element(room));
  }

  unmount(): void {
    for (const renderer of this.#mounted.splice(0)) renderer.unmount();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.unmount();
    await this.#server.close();
  }
}

/** React's scheduler has timers of its own, which outlive what it has rendered. */
const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "hooks join, show members, presence and messages, and leave no ghost member",
  options,
  async () => {
    await using stage = await Stage.open();
    const [one, other] = [nothing(), nothing()];
    stage.mount("Ada", one);
    stage.mount("Bob", other);
    await until("both see each other", () => one.members === 3 && other.members === 3, () => [
      one,
      other,
    ]);
    expect([one.state, other.state]).toEqual([WebGroupState.JOINED, WebGroupState.JOINED]);
    await until("they see their names", () => one.names.join() === "Bob", () => one);
    other.rename("Grace");
    await until("a new name is seen", () => one.names.join() === "Grace", () => one.names);
    one.say("hello");
    await until("a message comes, once", () => other.heard.length > 0, () => other.heard);
    expect(other.heard).toEqual(["hello"]);
    stage.unmount();
    const members = () => stage.groups.filter((group) => group.state === WebGroupState.JOINED);
    await until("all have left", () => members().length === 0, () => members().length);
  },
);

Deno.test(
  "useGroup leaves the group of the previous key, and joins that of the new key",
  options,
  async () => {
    await using stage = await Stage.open();
    const [one, other] = [nothing(), nothing()];
    const change = stage.mount("Ada", one, "first");
    stage.mount("Bob", other, "second");
    await until("both are in", () => one.members === 2 && other.members === 2, () => [one]);
    change("second");
    await until(
      "they meet",
      () => one.members === 3 && other.members === 3,
      () => [one, other],
    );
    await until("they see their names", () => one.names.join() === "Bob", () => one);
  },
);

Deno.test("useGroup joins once when StrictMode mounts it twice", options, async () => {
  const joined: WebGroup[] = [];
  const { join } = WebGroup.prototype;
  WebGroup.prototype.join = function (...args) {
    joined.push(this);
    return join.apply(this, args);
  };
  try {
    await using stage = await Stage.open();
    const one = nothing();
    stage.mount("Ada", one);
    await until("it is in", () => one.members === 2, () => one);
    // A connection that is closed before it opens is a warning in the console of browsers.
    const ofPages = joined.filter((group) => !stage.groups.includes(group));
    expect(ofPages.length).toBe(1);
  } finally {
    WebGroup.prototype.join = join;
  }
});

Deno.test("useChannel() names an option that it does not have", () => {
  const group = new WebGroup({ signalingServer: "ws://localhost:1" });
  const wrong = { onmessage() {} } as object;
  // Checked first, so also outside of a component.
  expect(() => useChannel(group, "chat", wrong)).toThrow(
    "Cannot use option onmessage: one of delivery, schema, onMessage, onRequest expected",
  );
});

Deno.test("useGroup joins no group until it has a key", options, async () => {
  await using server = new GroupServer();
  const { port } = await server.listen({ hostname: "127.0.0.1" });
  const states: WebGroupState[] = [];
  const Member = ({ room }: { readonly room: string | undefined }) => {
    const group = useGroup(room, { signalingServer: `ws://127.0.0.1:${port}` });
    states.push(useGroupState(group));
    return null;
  };
  const renderer = create(<Member room={undefined} />);
  renderer.update(<Member room={undefined} />);
  renderer.update(<Member room="room" />);
  await until("it is joined", () => states.at(-1) === WebGroupState.JOINED);
  renderer.update(<Member room={undefined} />);
  await until("it is left", () => states.at(-1) === WebGroupState.LEFT);
  renderer.unmount();
  const { JOINED, JOINING, LEFT } = WebGroupState;
  const changes = states.filter((state, index) => state !== states[index - 1]);
  expect(changes).toEqual([LEFT, JOINING, JOINED, LEFT]);
});

/** An error boundary: renders its children until one of them throws. */
class Boundary extends Component<{ children: ReactNode; caught: unknown[] }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.caught.push(error);
  }

  override render(): ReactNode {
    return this.state.failed ? "an error" : this.props.children;
  }
}

Deno.test("useGroup throws to the error boundary what join() throws", options, async () => {
  const signalingServer = "ws://localhost:1";
  const rows: readonly (readonly [room: unknown, server: string, message: string])[] = [
    ["", signalingServer, "Cannot use the key: it is empty"],
    ["x".repeat(513), signalingServer, "Cannot use the key: up to 512 URL-encoded characters"],
    [null, signalingServer, "Cannot use null as key: a string expected"],
    ["room", "/groups/", 'Cannot use "/groups/" as signalingServer: outside of pages'],
  ];
  for (const [room, signalingServer, message] of rows) {
    const Member = ({ room }: { readonly room: string | undefined }) => {
      useGroup(room, { signalingServer });
      return "a group";
    };
    const caught: unknown[] = [];
    const element = (room: string | undefined) => (
      <StrictMode>
        <Boundary caught={caught}>
          <Member room={room} />
        </Boundary>
      </StrictMode>
    );
    const renderer = create(element(undefined));
    renderer.update(element(room as string));
    await until("it is caught", () => caught.length > 0);
    expect([caught.map(String), renderer.toJSON()]).toEqual([
      [expect.stringContaining(message)],
      "an error",
    ]);
    renderer.unmount();
  }
});

Deno.test("useGroup calls the token function of the last render", options, async () => {
  const tokens: (string | null)[] = [];
  await using server = new GroupServer({
    relay: "never",
    admit: ({ url }) => {
      tokens.push(new URL(url).searchParams.get("token"));
      return true;
    },
  });
  const { port } = await server.listen({ hostname: "127.0.0.1" });
  const Member = ({ user, room }: { readonly user: string; readonly room: string }) => {
    const signalingServer = `ws://127.0.0.1:${port}`;
    useGroup(room, { signalingServer, token: (key) => `${user} in ${key}` });
    return null;
  };
  const renderer = create(<Member user="Ada" room="first" />);
  await until("it connects", () => tokens.length > 0);
  renderer.update(<Member user="Bob" room="second" />);
  await until("it connects again", () => tokens.length > 1);
  renderer.unmount();
  expect(tokens).toEqual(["Ada in first", "Bob in second"]);
});
