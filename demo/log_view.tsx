/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * What happened in a room, as elements: messages, files, who came and went.
 *
 * @module
 */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { hueOf } from "./names.ts";
import { type Entry, type Progress, type Room, titleOf } from "./room.ts";

/** The list of what happened, which is read out as it grows. */
export function Log({ room }: { readonly room: Room }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (isAtEnd.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [room.entries]);
  const scrolled = ({ currentTarget }: JSX.TargetedEvent<HTMLOListElement>) => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
  };
  return (
    <ol
      class="log"
      ref={list}
      role="log"
      aria-live="polite"
      aria-label="Messages"
      tabIndex={0}
      onScroll={scrolled}
    >
      {room.entries.map((entry) => <Item key={entry.key} room={room} entry={entry} />)}
    </ol>
  );
}

/** Nearer to its end than this, the list follows what is new. */
const AT_END_PX = 60;

interface ItemProps<Of extends Entry = Entry> {
  readonly room: Room;
  readonly entry: Of;
}

function Item({ room, entry }: ItemProps): JSX.Element {
  if (entry.type === "event") {
    return (
      <li class="event">
        {entry.text} <Time at={entry.time} />
      </li>
    );
  }
  const mine = entry.from === room.myId;
  return (
    <li class={entry.type} data-mine={mine} style={{ "--hue": `${hueOf(entry.from)}` }}>
      <p class="from">
        <strong>{titleOf(room, entry.from)}</strong>
        {entry.to !== undefined && (
          <span class="private">only to {mine ? titleOf(room, entry.to) : "you"}</span>
        )}
        <Time at={entry.time} />
      </p>
      {entry.type === "chat"
        ? <p class="text">{entry.text}</p>
        : <File room={room} entry={entry} />}
    </li>
  );
}

function Time({ at }: { readonly at: number }): JSX.Element {
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()}>
      {date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
    </time>
  );
}

function File({ entry }: ItemProps<Entry & { readonly type: "file" }>): JSX.Element {
  const { note, progress, receivers } = entry;
  return (
    <div class="card" data-progress={progress.type} data-sha256={note.sha256}>
      <p class="name">
        <strong>{note.name}</strong> <small>{note.bytes / 1_000_000} MB</small>
      </p>
      {progress.type === "moving" && (
        <progress
          aria-label={`Progress of ${note.name}`}
          max={note.bytes}
          value={progress.bytes}
        />
      )}
      <p class="verdict">{verdictOf(progress, note.bytes, receivers.length)}</p>
      <p class="hash">
        SHA-256 <code>{note.sha256}</code>
      </p>
    </div>
  );
}

function verdictOf(progress: Progress, bytes: number, receivers: number): string {
  switch (progress.type) {
    case "moving":
      return `${Math.floor(100 * progress.bytes / bytes)} %`;
    case "intact":
      return "✓ received, SHA-256 is right";
    case "broken":
      return "✕ received, but its SHA-256 is wrong";
    case "lost":
      return "✕ its sender left before it was complete";
    case "failed":
      return "✕ not sent to everyone";
    case "sent": {
      const { length } = progress.confirmed;
      const all = length >= receivers ? "✓ " : "";
      return `${all}sent; ${length} of ${receivers} checked its SHA-256`;
    }
  }
}
