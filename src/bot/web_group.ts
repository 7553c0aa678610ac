// The class `WebGroup` that other entries create.

// In the npm build for pages this imports the package itself, so that there is only one such class.
export { WebGroup } from "../../mod.ts";
