/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The page of the demo: a member of the group whose key is in the URL.
 *
 * @module
 */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { WebGroup } from "../mod.ts";
import type { Actions } from "./actions.ts";
import { BLOBS, drawFile, drawId } from "./files.ts";
import { Pad } from "./pad.ts";
import { type Fact, Participant } from "./participant.ts";
import { cleanName, drawName, freeColor, type Person } from "./people.ts";
import { newRoom, type Room, roomAfter, type RoomEvent } from "./room.ts";
import { recallName, rememberName } from "./saved_name.ts";
import { View } from "./view.tsx";

/** A browser starts to save a file within this time. */
const SAVE_MS = 60_000;

/** A tab's member, and what it shows. */
class Tab implements Actions {
  readonly #group = new WebGroup({
    signalingServer: "/groups/",
    rtcConfiguration: { iceServers: [] },
  });
  readonly pad: Pad;
  readonly #participant: Participant;
  #room: Room;
  #show: (room: Room) => void = () => {};

  constructor() {
    const group = this.#group;
    const name = recallName() ?? drawName();
    const person: Person = { name, color: freeColor([]), role: "page" };
    this.#room = newRoom(group.state, group.signalingState, person);
    for (const type of ["statechange", "signalingstatechange"] as const) {
      group.addEventListener(type, () => this.#readStates());
    }
    group.onMyId = () => this.#readStates();
    this.#participant = new Participant(group, { person, shelf: BLOBS }, (fact) => {
      this.#step({ type: "fact", fact, time: Date.now() });
      if (fact.type === "introduced") this.#keepColorsApart(fact);
    });
    this.#participant.report((stats) => this.#step({ type: "stats", stats }));
    this.pad = new Pad(group, person);
  }

  get room(): Room {
    return this.#room;
  }

  /** Joins the group of the URL's key, and draws one when there is none. */
  async join(): Promise<void> {
    if (location.hash.length < 2) history.replaceState(null, "", `#${drawId()}`);
    await this.#try(() => this.#group.join(location.hash.slice(1)));
  }

  leave(): void {
    this.#group.leave();
  }

  /** Calls `show` now, and with each change of the room. */
  watch(show: (room: Room) => void): void {
    this.#show = show;
    show(this.#room);
  }

  rename(name: string): void {
    const clean = cleanName(name);
    if (clean === "") return;
    rememberName(clean);
    this.#change({ name: clean });
  }

  async say(text: string, to?: number): Promise<void> {
    this.#step({ type: "spoke", text, time: Date.now(), ...(to !== undefined && { to }) });
    await this.#try(() => this.#participant.say(text, to));
  }

  async sendFile(file: File, to?: number): Promise<void> {
    await this.#try(() => this.#participant.sendFile(file, to));
  }

  async sendRandomFile(bytes: number, to?: number): Promise<void> {
    await this.sendFile(drawFile(bytes, `random-${bytes / 1_000_000}MB.bin`), to);
  }

  cancelFile(file: string): void {
    this.#participant.cancelFile(file);
  }

  save(content: Blob, name: string): void {
    const href = URL.createObjectURL(content);
    Object.assign(document.createElement("a"), { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), SAVE_MS);
  }

  dismiss(key: number): void {
    this.#step({ type: "dismiss", key });
  }

  /** Runs an action; reports its failure, and returns whether it succeeded. */
  async #try(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#step({ type: "alert", text: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  #readStates(): void {
    const { myId, state: group, signalingState: signaling } = this.#group;
    this.#step({ type: "states", myId, group, signaling });
  }

  /** Of two members with one color, the one with the higher id takes another. */
  #keepColorsApart({ member, person }: Fact & { readonly type: "introduced" }): void {
    const { color } = this.#participant.person;
    if (person.color !== color || member > this.#group.myId) return;
    this.#change({ color: freeColor([...this.#participant.colors.values()]) });
  }

  #change(change: Partial<Pick<Person, "name" | "color">>): void {
    this.#participant.change(change);
    const { person } = this.#participant;
    this.pad.introduce(person);
    this.#step({ type: "person", person });
  }

  #step(event: RoomEvent): void {
    this.#room = roomAfter(this.#room, event);
    this.#show(this.#room);
  }
}

function App({ tab }: { readonly tab: Tab }) {
  const [room, show] = useState(tab.room);
  useEffect(() => tab.watch(show), [tab]);
  return <View room={room} actions={tab} />;
}

const tab = new Tab();
// The others learn at once that a tab goes, not when its silence is noticed.
addEventListener("pagehide", () => tab.leave());
// A page that comes back from the back/forward cache is a member again.
addEventListener("pageshow", ({ persisted }) => persisted && tab.join());
// Another key is another group.
addEventListener("hashchange", () => location.reload());
render(<App tab={tab} />, document.body);
tab.join();
