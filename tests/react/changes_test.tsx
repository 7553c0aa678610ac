/** @jsxImportSource react */

import { expect } from "expect";
import { StrictMode } from "react";
import { create, type ReactTestRenderer } from "react-test-renderer";
import type { GroupChannel, WebGroup } from "../../mod.ts";
import { useChannel, useMembers, usePresence } from "../../src/react/react.ts";
import { TestNetwork } from "../../src/testing/testing.ts";
import { until } from "../support/until.ts";

/** React's scheduler has timers of its own, which outlive what it has rendered. */
const options = { sanitizeOps: false, sanitizeResources: false };

interface Props {
  readonly group: WebGroup;
  readonly name: string;
}

interface Rendered extends Props {
  readonly value: unknown;
}

/** A component that shows a value of a group, and its renderings. */
class Stage implements Disposable {
  readonly rendered: Rendered[] = [];
  readonly #renderer: ReactTestRenderer;
  readonly #element: (props: Props) => React.JSX.Element;

  constructor(use: (props: Props) => unknown, first: Props) {
    const Shown = (props: Props) => {
      this.rendered.push({ ...props, value: use(props) });
      return null;
    };
    this.#element = (props) => (
      <StrictMode>
        <Shown {...props} />
      </StrictMode>
    );
    this.#renderer = create(this.#element(first));
  }

  async shows(value: unknown): Promise<void> {
    const shown = () => this.rendered.at(-1)?.value;
    const isShown = () => JSON.stringify(shown()) === JSON.stringify(value);
    await until(`${JSON.stringify(value)} is shown`, isShown, shown);
  }

  /** Returns all that is shown from then on. */
  change(props: Props): Rendered[] {
    this.rendered.length = 0;
    this.#renderer.update(this.#element(props));
    return this.rendered;
  }

  [Symbol.dispose](): void {
    this.#renderer.unmount();
  }
}

Deno.test("usePresence shows no states of the previous name or group", options, async () => {
  const network = new TestNetwork();
  const [ada, bob] = await network.groups(2, "first");
  const [other, eve] = await network.groups(2, "second");
  bob.presence({ user: "Bob" }, "old");
  bob.presence({ user: "Bobby" }, "new");
  eve.presence({ user: "Eve" }, "new");
  const usersOf = ({ group, name }: Props) =>
    [...usePresence(group, { user: "" }, name)[0].values()].map(({ user }) => user);
  using stage = new Stage(usersOf, { group: ada, name: "old" });
  await stage.shows(["Bob"]);
  for (
    const [props, user] of [
      [{ group: ada, name: "new" }, "Bobby"],
      [{ group: other, name: "new" }, "Eve"],
    ] as const
  ) {
    const rendered = stage.change(props);
    await stage.shows([user]);
    expect(new Set(rendered.map(({ value }) => `${value}`))).toEqual(new Set(["", user]));
  }
  network.close();
});

Deno.test("useChannel returns no channel of the previous name or group", options, async () => {
  const network = new TestNetwork();
  const [ada] = await network.groups(1, "first");
  const [other] = await network.groups(1, "second");
  const channels = new Map<GroupChannel<unknown>, string>();
  const nameOf = ({ group, name }: Props) => {
    const channel = useChannel(group, name);
    if (channel === undefined) return "none";
    const of = `${name} of ${group.key}`;
    if (!channels.has(channel)) channels.set(channel, of);
    return channels.get(channel);
  };
  using stage = new Stage(nameOf, { group: ada, name: "old" });
  await stage.shows("old of first");
  for (const group of [ada, other]) {
    const of = `new of ${group.key}`;
    const rendered = stage.change({ group, name: "new" });
    await stage.shows(of);
    expect(new Set(rendered.map(({ value }) => value))).toEqual(new Set(["none", of]));
  }
  network.close();
});

Deno.test("useMembers follows its current group", options, async () => {
  const network = new TestNetwork();
  const [ada] = await network.groups(1, "first");
  const [other] = await network.groups(1, "second");
  const countOf = ({ group }: Props) => useMembers(group).length;
  using stage = new Stage(countOf, { group: ada, name: "" });
  await stage.shows(1);
  stage.change({ group: other, name: "" });
  await stage.shows(1);
  const eve = network.group();
  eve.join("second");
  await network.settled();
  await stage.shows(2);
  network.close();
});

Deno.test(
  "usePresence in two components shares one presence, which stays when one unmounts",
  options,
  async () => {
    const network = new TestNetwork();
    const [ada, bob] = await network.groups(2);
    const seen = bob.presence({});
    const set: ((change: object) => void)[] = [];
    const Part = ({ index, state }: { readonly index: number; readonly state: object }) => {
      set[index] = usePresence(ada, state)[1];
      return null;
    };
    const parts = (states: readonly object[]) => (
      <StrictMode>
        {states.map((state, index) => <Part key={index} {...{ index, state }} />)}
      </StrictMode>
    );
    const renderer = create(parts([{ name: "Ada" }, { typing: false }]));
    const sees = (state: unknown) =>
      until(
        `${JSON.stringify(state)} is seen`,
        () => JSON.stringify(seen.get(ada.myId)) === JSON.stringify(state),
        () => seen.get(ada.myId),
      );
    await sees({ name: "Ada", typing: false });
    set[1]!({ typing: true });
    await sees({ name: "Ada", typing: true });
    renderer.update(parts([{ name: "Ada" }]));
    set[0]!({ name: "Eve" });
    await sees({ name: "Eve", typing: true });
    renderer.unmount();
    network.close();
  },
);

Deno.test("usePresence keeps its state when a change is refused", options, async () => {
  const network = new TestNetwork();
  const [ada, bob] = await network.groups(2);
  const shown: { set?: (change: { age?: number }) => void } = {};
  const use = ({ group, name }: Props) => {
    shown.set = usePresence<{ age?: number }>(group, { age: 7 }, name)[1];
    return name;
  };
  using stage = new Stage(use, { group: ada, name: "first" });
  await stage.shows("first");
  expect(() => shown.set!({ age: NaN })).toThrow(TypeError);
  const seen = bob.presence<{ age?: number }>({}, "second");
  stage.change({ group: ada, name: "second" });
  await until("the state is seen", () => seen.get(ada.myId)?.age === 7);
  network.close();
});
