// Builds the page into the Python package, which serves it at `/` and its files under `/page/`.
import { defineConfig } from "vite";

import { operations } from "./plugins/operations";
import { precompress } from "./plugins/precompress";

export default defineConfig({
  base: "/page/",
  plugins: [operations("../openapi.json"), precompress()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    outDir: "../src/voltyard/dashboard/page",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    // An image inside a style sheet would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
