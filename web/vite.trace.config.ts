// Builds the trace viewer into one file, which `voltyard trace` writes a trace into.
import { defineConfig } from "vite";

import { oneFile } from "./plugins/one_file";

export default defineConfig({
  plugins: [oneFile()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    outDir: "../src/voltyard/traces/viewer",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: { input: "trace.html" },
  },
});
