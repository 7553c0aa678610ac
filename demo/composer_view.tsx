/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The composer of messages and files.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ChoiceProps } from "./actions.ts";
import { titleOf } from "./room.ts";

/** Where people write, and choose files. */
export function Composer({ room, actions, to, choose }: ChoiceProps): JSX.Element {
  const [text, setText] = useState("");
  const alone = room.members.length === 0;
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "" || alone) return;
    actions.say(text.trim(), to);
    setText("");
  };
  return (
    <div class="composer">
      <form class="say" onSubmit={submit}>
        <p class="to">
          {to === undefined
            ? "To everyone"
            : (
              <button type="button" onClick={() => choose(undefined)}>
                Only to {titleOf(room, to)} <span aria-label="; send to everyone instead">✕</span>
              </button>
            )}
        </p>
        <input
          type="text"
          aria-label="Message"
          placeholder={alone ? "Nobody else is here yet" : "Write a message"}
          autocomplete="off"
          maxLength={2_000}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" disabled={alone || text.trim() === ""}>Send</button>
      </form>
      <FileForm room={room} actions={actions} to={to} choose={choose} />
    </div>
  );
}

const SIZES_MB = [1, 5, 25, 60, 200] as const;

function FileForm({ room, actions, to }: ChoiceProps): JSX.Element {
  const [size, setSize] = useState(5);
  const alone = room.members.length === 0;
  const chosen = ({ currentTarget }: JSX.TargetedEvent<HTMLInputElement>) => {
    for (const file of currentTarget.files ?? []) actions.sendFile(file, to);
    // The same file can be chosen again.
    currentTarget.value = "";
  };
  return (
    <form
      class="file"
      onSubmit={(event) => {
        event.preventDefault();
        actions.sendRandomFile(size * 1_000_000, to);
      }}
    >
      <label class="choose" data-disabled={alone}>
        <input type="file" multiple disabled={alone} onChange={chosen} />
        Send a file…
      </label>
      <span class="drop">or drop it here</span>
      <select
        aria-label="Size of a random file"
        value={size}
        onChange={({ currentTarget }) => setSize(Number(currentTarget.value))}
      >
        {SIZES_MB.map((megabytes) => (
          <option key={megabytes} value={megabytes}>Random {megabytes} MB</option>
        ))}
      </select>
      <button type="submit" class="quiet" disabled={alone}>Send it</button>
    </form>
  );
}
