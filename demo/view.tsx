/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * How a page of the demo looks: the state of its room as elements.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { SignalingState, WebGroupState } from "../mod.ts";
import type { Props } from "./actions.ts";
import { Composer } from "./composer_view.tsx";
import { Log } from "./log_view.tsx";
import { Members } from "./members_view.tsx";

/** The whole page. */
export function View({ room, actions }: Props): JSX.Element {
  const [chosen, choose] = useState<number | undefined>(undefined);
  // The chosen receiver may have left: then a message for it goes to no one.
  const to = room.members.some(({ id }) => id === chosen) ? chosen : undefined;
  const dropping = useDropping((file) => actions.sendFile(file, to));
  return (
    <div class="page">
      <Header room={room} actions={actions} />
      <Alerts room={room} actions={actions} />
      <div class="columns">
        <Members room={room} actions={actions} to={to} choose={choose} />
        <main {...dropping}>
          <Log room={room} actions={actions} />
          <Composer room={room} actions={actions} to={to} choose={choose} />
        </main>
      </div>
    </div>
  );
}

/** Makes an element accept dropped files. */
function useDropping(drop: (file: File) => void): JSX.HTMLAttributes<HTMLElement> {
  const [over, setOver] = useState(false);
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
  return {
    "data-dropping": over,
    onDragOver(event: DragEvent) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setOver(false);
      for (const file of event.dataTransfer?.files ?? []) drop(file);
    },
  } as JSX.HTMLAttributes<HTMLElement>;
}

function Header({ room, actions }: Props): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await actions.copyLink();
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <header>
      <h1>
        <Mark /> Netflux <small>demo</small>
      </h1>
      <dl class="states">
        <State name="Group" value={WebGroupState[room.group]} good={room.group === JOINED} />
        <State
          name="Signaling"
          value={SignalingState[room.signaling]}
          good={room.signaling === SignalingState.CHECKED}
        />
      </dl>
      <button type="button" class="quiet" onClick={copy}>
        {copied ? "Copied" : "Copy link"}
      </button>
    </header>
  );
}

const { JOINED } = WebGroupState;
const COPIED_MS = 2_000;

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 5 5 18h14Z" fill="none" stroke="currentColor" stroke-width="1.5" />
      <circle cx="12" cy="5" r="3" />
      <circle cx="5" cy="18" r="3" />
      <circle cx="19" cy="18" r="3" />
    </svg>
  );
}

function State(
  { name, value, good }: { readonly name: string; readonly value: string; readonly good: boolean },
): JSX.Element {
  return (
    <div class="state" data-good={good}>
      <dt>{name}</dt>
      <dd>{value.toLowerCase()}</dd>
    </div>
  );
}

function Alerts({ room, actions }: Props): JSX.Element {
  return (
    <div class="alerts" role="alert">
      {room.alerts.map(({ key, text }) => (
        <p key={key}>
          <span>{text}</span>
          <button
            type="button"
            class="quiet"
            aria-label="Dismiss"
            onClick={() => actions.dismiss(key)}
          >
            ✕
          </button>
        </p>
      ))}
    </div>
  );
}
