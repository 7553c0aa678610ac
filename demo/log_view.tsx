/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The log of a room: messages, files, joins and leaves.
 *
 * @module
 */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { FileActions } from "./actions.ts";
import { shortHash } from "./files.ts";
import { colorOf, type Entry, nameOf, type Room, titleOf } from "./room.ts";
import { type FileEntry, movedBytes, sizeOf, stateOf, verdictOf } from "./room_files.ts";

interface LogProps {
  readonly room: Room;
  readonly actions: FileActions;
}

/** The list of what happened; the page reads out what is new, wherever it is shown. */
export function Log({ room, actions }: LogProps): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [heightOf(room)]);
  const scrolled = ({ currentTarget }: JSX.TargetedEvent<HTMLOListElement>) => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
  };
  return (
    <ol
      class="log"
      ref={list}
      aria-label="Messages"
      tabIndex={0}
      onScroll={scrolled}
    >
      {room.entries.map((entry) => (
        <Item key={entry.key} room={room} entry={entry} actions={actions} />
      ))}
    </ol>
  );
}

/** Changes when the list may have another height: to ask for that is dear. */
function heightOf({ entries, nextKey }: Room): string {
  const states = entries.filter((entry) => entry.type === "file").map(stateOf);
  return [nextKey, ...states].join();
}

/** Nearer to its end than this, the list follows what is new. */
const AT_END_PX = 60;

interface ItemProps<Of extends Entry = Entry> extends LogProps {
  readonly entry: Of;
}

/** Memoized: there are hundreds of items, and many updates while a file arrives. */
function Item(props: ItemProps): JSX.Element {
  const { room: { people, myId }, entry } = props;
  return useMemo(() => makeItem(props), [entry, people, myId]);
}

function makeItem({ room, entry, actions }: ItemProps): JSX.Element {
  if (entry.type === "event") {
    return (
      <li class="event">
        {entry.text} <Time at={entry.time} />
      </li>
    );
  }
  const mine = entry.from === room.myId;
  return (
    <li class={`${entry.type} color-${colorOf(room, entry.from)}`} data-mine={mine}>
      <p class="from">
        <strong>{titleOf(room, entry.from)}</strong>
        {entry.to !== undefined && (
          <span class="private">only to {mine ? nameOf(room, entry.to) : "you"}</span>
        )}
        <Time at={entry.time} />
      </p>
      {entry.type === "chat"
        ? <p class="text">{entry.text}</p>
        : <File room={room} entry={entry} actions={actions} />}
    </li>
  );
}

/** Global, as it is slow to construct. */
const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

function Time({ at }: { readonly at: number }): JSX.Element {
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()}>
      {CLOCK.format(date)}
    </time>
  );
}

function File({ room, entry, actions }: ItemProps<FileEntry>): JSX.Element {
  const { info, sha256 } = entry;
  const state = stateOf(entry);
  return (
    <div class="card" data-progress={state} data-sha256={sha256}>
      <div class="ends">
        <strong>{info.name}</strong>
        <FileButton entry={entry} actions={actions} />
      </div>
      {state === "moving" && (
        <progress
          aria-label={`Progress of ${info.name}`}
          max={info.bytes * entry.ends.length}
          value={movedBytes(entry)}
        />
      )}
      <div class="ends">
        <p class="verdict">{verdictOf(entry)}</p>
        {state !== "equal" && <small>{sizeOf(info.bytes)}</small>}
      </div>
      {state !== "moving" && <Hashes room={room} entry={entry} />}
    </div>
  );
}

function FileButton(
  { entry, actions }: Pick<ItemProps<FileEntry>, "entry" | "actions">,
): JSX.Element | null {
  const { info: { id, name }, content } = entry;
  if (stateOf(entry) === "moving") {
    return (
      <button
        type="button"
        class="quiet"
        aria-label={`Cancel ${name}`}
        onClick={() => actions.cancelFile(id)}
      >
        Cancel
      </button>
    );
  }
  if (content === undefined) return null;
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Save ${name}`}
      onClick={() => actions.save(content, name)}
    >
      Save
    </button>
  );
}

/** The hash here, and at each other end; where several ends agree, once for all. */
function Hashes(
  { room, entry: { sha256, ends } }: { readonly room: Room; readonly entry: FileEntry },
): JSX.Element | null {
  if (sha256 === undefined) return null;
  const rows: (readonly [string, string])[] = [["here", sha256]];
  for (const { member, state } of ends) {
    if (state.type !== "compared" || state.theirs === undefined) continue;
    rows.push([titleOf(room, member), state.theirs]);
  }
  return (
    <dl class="hashes">
      {rows.map(([who, hash], index) => (
        <div key={index}>
          <dt>{who}</dt>
          <dd title={`SHA-256 ${hash}`} data-hash={hash}>
            <code>{shortHash(hash)}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}
