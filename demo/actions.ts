/**
 * The props of the parts of the page: the room, and the actions of its user.
 *
 * @module
 */

import type { Pad } from "./pad.ts";
import type { Room } from "./room.ts";

export interface FileActions {
  /** Ends one that is on its way. */
  cancelFile(file: string): void;
  /** Saves a received file. */
  save(content: Blob, name: string): void;
}

export interface Actions extends FileActions {
  /** The text. */
  readonly pad: Pad;
  /** Sends a message to all, or to one. */
  say(text: string, to?: number): void;
  /** Sends a file to all, or to one. */
  sendFile(file: File, to?: number): void;
  /** The same with a file of random bytes. */
  sendRandomFile(bytes: number, to?: number): void;
  /** Changes the name of the user; one without visible characters is not taken. */
  rename(name: string): void;
  dismiss(alert: number): void;
}

export interface Props {
  readonly room: Room;
  readonly actions: Actions;
}

/** The props of a part that knows the chosen receiver. */
export interface ChoiceProps extends Props {
  /** The receiver; `undefined` for all. */
  readonly to: number | undefined;
  readonly choose: (member: number | undefined) => void;
}
