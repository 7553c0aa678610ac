/**
 * A participant of the demo, in a page, a terminal or the server: a group, with the presence of a
 * person, a chat and files.
 *
 * @module
 */

import type { GroupChannel, GroupPresence, MemberStats, WebGroup } from "../mod.ts";
import type { Audience } from "./file_label.ts";
import type { FileStore, Source } from "./files.ts";
import { type Reach, type Reaches, readReaches, reportReaches } from "./links.ts";
import { type Person, readPerson } from "./people.ts";
import { type TransferFact, Transfers } from "./transfers.ts";
import { CHAT, type ChatLine } from "./values.ts";

/** An event of the group. */
export type Fact =
  | { readonly type: "joined"; readonly member: number }
  | { readonly type: "left"; readonly member: number }
  /** The person of a member is known, or another one. */
  | { readonly type: "introduced"; readonly member: number; readonly person: Person }
  /** A member reports how it reaches the others. */
  | { readonly type: "reached"; readonly member: number; readonly reaches: readonly Reach[] }
  | {
    readonly type: "said";
    readonly sender: number;
    readonly text: string;
    readonly audience: Audience;
  }
  | TransferFact
  | { readonly type: "failed"; readonly error: unknown };

/** The person of a participant, and its store of files. */
export interface Self {
  readonly person: Person;
  readonly shelf: FileStore;
}

/** Takes part in a group. */
export class Participant {
  readonly group: WebGroup;
  readonly #presence: GroupPresence<Person>;
  readonly #reaches: GroupPresence<Reaches>;
  readonly #chat: GroupChannel<ChatLine>;
  readonly #transfers: Transfers;

  /** @param tell Called with each event. */
  constructor(
    group: WebGroup,
    { person, shelf }: Self,
    tell: (fact: Fact, me: Participant) => void,
  ) {
    this.group = group;
    const told = (fact: Fact) => tell(fact, this);
    this.#transfers = new Transfers({ group, shelf, tell: told });
    group.addEventListener("memberjoin", ({ member }) => told({ type: "joined", member }));
    group.addEventListener("memberleave", ({ member }) => {
      this.#transfers.left(member);
      told({ type: "left", member });
    });
    group.addEventListener("error", ({ error }) => told({ type: "failed", error }));
    for (const member of group.members) {
      if (member !== group.myId) told({ type: "joined", member });
    }
    this.#chat = group.channel("chat", { schema: CHAT });
    this.#chat.onMessage = (sender, line) => told({ type: "said", sender, ...line });
    this.#presence = group.presence({ ...person });
    this.#presence.onChange = (member, state) => {
      const person = readPerson(state);
      if (person !== undefined) told({ type: "introduced", member, person });
    };
    this.#reaches = group.presence<Reaches>({ reaches: [] }, "reaches");
    this.#reaches.onChange = (member, state) => {
      if (state) told({ type: "reached", member, reaches: readReaches(state) });
    };
  }

  /** The person, as the others see it. */
  get person(): Person {
    return this.#presence.state;
  }

  /** The colors of the others, by member. */
  get colors(): ReadonlyMap<number, number> {
    return new Map([...this.#presence.states].map(([member, { color }]) => [member, color]));
  }

  /** Tells the others how this member reaches them, from now on; `told` gets the statistics. */
  report(told: (stats: ReadonlyMap<number, MemberStats>) => void = () => {}): void {
    reportReaches(this.group, this.#reaches, told);
  }

  /** Changes the name or the color. */
  change(change: Partial<Pick<Person, "name" | "color">>): void {
    this.#presence.set(change);
  }

  /** Sends a line to all or to one; settles once it is sent. */
  say(text: string, to?: number): Promise<void> {
    return to === undefined
      ? this.#chat.send({ text, audience: "all" })
      : this.#chat.sendTo(to, { text, audience: "you" });
  }

  /** Sends a file to all or to one; settles when each of them has all of it, or will not. */
  sendFile(file: Source, to?: number): Promise<void> {
    return this.#transfers.send(file, to);
  }

  /** Cancels the transfer of a file, in either direction. */
  cancelFile(file: string): void {
    this.#transfers.cancel(file);
  }

  /** Ends all files that are on their way. */
  cancelFiles(): void {
    this.#transfers.cancelAll();
  }
}
