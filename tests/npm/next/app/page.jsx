import Members from "./members.jsx";

export const dynamic = "force-dynamic";

export default function Page() {
  return <Members />;
}
