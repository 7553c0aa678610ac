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
import { Invite } from "./invite_view.tsx";
import { Log } from "./log_view.tsx";
import { Mesh, MeshTable } from "./mesh_view.tsx";
import { PadView } from "./pad_view.tsx";
import { NAME_LENGTH_MAX } from "./people.ts";
import { People } from "./people_view.tsx";
import { meOf, nameOf, type Room } from "./room.ts";
import { stateOf, verdictOf } from "./room_files.ts";

/** A narrow page shows one panel at a time. */
const PANELS = { pad: "Text", chat: "Chat", people: "People" } as const;

type Panel = keyof typeof PANELS;

/** The whole page. */
export function View({ room, actions }: Props): JSX.Element {
  const [panel, setPanel] = useState<Panel>("pad");
  const [chosen, choose] = useState<number | undefined>(undefined);
  // The chosen receiver may have left: then a message for it goes to no one.
  const to = room.members.some(({ id }) => id === chosen) ? chosen : undefined;
  const choice = { room, actions, to, choose };
  return (
    <div
      class="page"
      data-panel={panel}
      {...useDropping((file) => actions.sendFile(file, to))}
    >
      <Header room={room} actions={actions} />
      <Alerts room={room} actions={actions} />
      <PadView
        pad={actions.pad}
        isKept={room.members.some(({ id }) => room.people.get(id)?.role === "server")}
      />
      <section class="panel chat-panel" aria-labelledby="chat-title">
        <div class="panel-head">
          <h2 id="chat-title">Chat and files</h2>
          <small>drop a file anywhere</small>
        </div>
        <Log room={room} actions={actions} />
        <Composer {...choice} />
      </section>
      <section class="panel people-panel" aria-labelledby="people-title">
        <div class="panel-head">
          <h2 id="people-title">Who is connected to whom</h2>
        </div>
        <Mesh room={room} />
        <div class="scroll" tabIndex={0} role="group" aria-label="Members and connections">
          <People room={room} />
          <MeshTable room={room} />
        </div>
      </section>
      <Tabs panel={panel} setPanel={setPanel} />
      <p class="unseen" role="status">{announcementOf(room)}</p>
    </div>
  );
}

function Tabs(
  { panel, setPanel }: { readonly panel: Panel; readonly setPanel: (panel: Panel) => void },
): JSX.Element {
  // The keys of a literal are its own.
  const panels = Object.keys(PANELS) as Panel[];
  return (
    <nav aria-label="Parts of this page">
      {panels.map((one) => (
        <button
          key={one}
          type="button"
          aria-current={one === panel ? "true" : undefined}
          onClick={() => setPanel(one)}
        >
          {PANELS[one]}
        </button>
      ))}
    </nav>
  );
}

/** Makes an element accept dropped files, before the editor takes them for text. */
function useDropping(drop: (file: File) => void): JSX.HTMLAttributes<HTMLDivElement> {
  const [over, setOver] = useState(false);
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
  return {
    "data-dropping": over,
    onDragOverCapture(event: DragEvent) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDropCapture(event: DragEvent) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(false);
      for (const file of event.dataTransfer?.files ?? []) drop(file);
    },
  } as JSX.HTMLAttributes<HTMLDivElement>;
}

function Header({ room, actions }: Props): JSX.Element {
  return (
    <header>
      <h1>
        <Mark /> Netflux pad
      </h1>
      <p
        class="status"
        data-group={WebGroupState[room.group].toLowerCase()}
        data-signaling={SignalingState[room.signaling].toLowerCase()}
      >
        {statusOf(room)}
      </p>
      <NameField room={room} actions={actions} />
      <Invite />
    </header>
  );
}

/** The name of the user: a change counts at Enter, or when the field is left. */
function NameField({ room, actions }: Props): JSX.Element {
  const { name, color } = meOf(room);
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const finish = () => {
    if (draft !== undefined) actions.rename(draft);
    setDraft(undefined);
  };
  return (
    <label class={`me color-${color}`} data-me={room.myId}>
      <span class="dot" aria-hidden="true" />
      <span class="unseen">Your name</span>
      <input
        type="text"
        autocomplete="nickname"
        maxLength={NAME_LENGTH_MAX}
        value={draft ?? name}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onBlur={finish}
        onKeyDown={({ key }) => key === "Enter" && finish()}
      />
    </label>
  );
}

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

function statusOf({ group, signaling, members }: Room): string {
  if (group === WebGroupState.JOINING) return "Connecting…";
  if (group === WebGroupState.LEFT) return "Not connected";
  const count = members.length === 1 ? "1 other here" : `${members.length} others here`;
  return signaling === SignalingState.CHECKED ? count : `${count}, without the server`;
}

/** The newest entry of others, for screen readers: the log itself may be out of sight. */
function announcementOf(room: Room): string {
  const entry = room.entries.at(-1);
  if (entry === undefined) return "";
  if (entry.type === "event") return entry.text;
  const from = entry.from === room.myId ? undefined : nameOf(room, entry.from);
  if (entry.type === "chat") return from === undefined ? "" : `${from}: ${entry.text}`;
  if (stateOf(entry) !== "moving") return `${entry.info.name}: ${verdictOf(entry)}`;
  return from === undefined ? "" : `${from} sends ${entry.info.name}`;
}

function Alerts({ room, actions }: Props): JSX.Element {
  return (
    <div class="alerts" role="alert">
      {room.alerts.map(({ key, text }) => (
        <p key={key}>
          <span>{text}</span>
          <button type="button" class="quiet" onClick={() => actions.dismiss(key)}>Dismiss</button>
        </p>
      ))}
    </div>
  );
}
