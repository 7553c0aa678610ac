import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "jsdom", globalSetup: "./sigver.js", testTimeout: 20_000 },
});
