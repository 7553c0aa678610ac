// The class of groups that programs import.

// In npm's build for pages, this is the package itself: there is one class of groups.
export { WebGroup } from "../../mod.ts";
