/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * What is about to be sent, as elements: a message, a file.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ChoiceProps } from "./actions.ts";
import { titleOf } from "./room.ts";

/** Where people write, and choose files. */
export function Composer({ limit, actions, to, choose }: ChoiceProps): JSX.Element {
  const [text, setText] = useState("");
  const alone = limit.members.length === 0;
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
                Only to {titleOf(limit, to)} <span aria-label="; send to everyone instead">✕</span>
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
      <FileForm limit={limit} actions={actions} to={to} choose={choose} />
    </div>
  );
}

const SIZES_MB = [1, 5, 25, 60, 200] as const;

function FileForm({ limit, actions, to }: ChoiceProps): JSX.Element {
  const [size, setSize] = useState(5);
  const alone = limit.members.length === 0;
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
