/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The page of the demo: a member of the group whose key is in the URL.
 *
 * @module
 */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SignalingState, WebGroup, WebGroupState } from "../mod.ts";
import type { Actions } from "./actions.ts";
import { BLOBS, drawFile } from "./files.ts";
import { Participant } from "./participant.ts";
import { type Room, roomAfter, type RoomEvent } from "./room.ts";
import { View } from "./view.tsx";

/** There is no event for a channel that replaces a relay. */
const STATS_INTERVAL_MS = 500;

/** A browser starts to save a file within this time. */
const SAVE_MS = 60_000;

const NOTHING: Room = {
  myId: 0,
  group: WebGroupState.LEFT,
  signaling: SignalingState.CLOSED,
  members: [],
  entries: [],
  alerts: [],
  nextKey: 1,
};

/** A tab's member, and what it shows. */
class Tab implements Actions {
  readonly #group = new WebGroup({
    signalingServer: "/groups/",
    rtcConfiguration: { iceServers: [] },
  });
  readonly #participant: Participant;
  #room = NOTHING;
  #show: (room: Room) => void = () => {};

  constructor() {
    const group = this.#group;
    for (const type of ["statechange", "signalingstatechange"] as const) {
      group.addEventListener(type, () => this.#readStates());
    }
    group.onMyId = () => this.#readStates();
    this.#participant = new Participant(group, { role: "page", shelf: BLOBS }, (fact) => {
      this.#step({ type: "fact", fact, time: Date.now() });
      if (fact.type === "joined" || fact.type === "introduced") this.#readStats();
    });
  }

  get room(): Room {
    return this.#room;
  }

  /** Joins the group of the URL's key, and draws one when there is none. */
  async join(): Promise<void> {
    if (location.hash.length < 2) history.replaceState(null, "", `#${crypto.randomUUID()}`);
    await this.#try(() => this.#group.join(location.hash.slice(1)));
  }

  leave(): void {
    this.#group.leave();
  }

  /** Calls `show` with each change of the room. Returns a function that stops this. */
  watch(show: (room: Room) => void): () => void {
    this.#show = show;
    show(this.#room);
    const timer = setInterval(() => this.#readStats(), STATS_INTERVAL_MS);
    return () => clearInterval(timer);
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

  async copyLink(): Promise<void> {
    await this.#try(() => navigator.clipboard.writeText(location.href));
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

  async #readStats(): Promise<void> {
    this.#step({ type: "stats", stats: await this.#group.getStats() });
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
