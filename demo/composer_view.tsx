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
import { nameOf } from "./room.ts";

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
      <div class="to">
        <Receiver room={room} actions={actions} to={to} choose={choose} />
        <FileChooser room={room} actions={actions} to={to} choose={choose} />
      </div>
      <form class="say" onSubmit={submit}>
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
      <RandomFile room={room} actions={actions} to={to} choose={choose} />
    </div>
  );
}

function Receiver({ room, to, choose }: ChoiceProps): JSX.Element {
  return (
    <label class="receiver">
      To
      <select
        value={to ?? ""}
        data-private={to !== undefined}
        onChange={({ currentTarget: { value } }) =>
          choose(value === "" ? undefined : Number(value))}
      >
        <option value="">everyone</option>
        {room.members.map(({ id }) => <option key={id} value={id}>only {nameOf(room, id)}</option>)}
      </select>
    </label>
  );
}

function FileChooser({ room, actions, to }: ChoiceProps): JSX.Element {
  const alone = room.members.length === 0;
  const chosen = ({ currentTarget }: JSX.TargetedEvent<HTMLInputElement>) => {
    for (const file of currentTarget.files ?? []) actions.sendFile(file, to);
    // The same file can be chosen again.
    currentTarget.value = "";
  };
  return (
    <label class="choose" data-disabled={alone}>
      <input type="file" multiple disabled={alone} onChange={chosen} />
      Send a file…
    </label>
  );
}

const SIZES_MB = [1, 5, 25, 60, 200] as const;

/** For those that have no large file at hand. */
function RandomFile({ room, actions, to }: ChoiceProps): JSX.Element {
  const [size, setSize] = useState(5);
  return (
    <form
      class="random-file"
      onSubmit={(event) => {
        event.preventDefault();
        actions.sendRandomFile(size * 1_000_000, to);
      }}
    >
      <label>
        Random bytes
        <select
          value={size}
          onChange={({ currentTarget }) => setSize(Number(currentTarget.value))}
        >
          {SIZES_MB.map((megabytes) => (
            <option key={megabytes} value={megabytes}>{megabytes} MB</option>
          ))}
        </select>
      </label>
      <button type="submit" class="quiet" disabled={room.members.length === 0}>Send them</button>
    </form>
  );
}
