// Builds the report viewer into one file, which `--html FILE` writes a report into.
import { defineConfig } from "vite";

import { oneFile } from "./plugins/one_file";

export default defineConfig({
  plugins: [oneFile()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    outDir: "../src/voltyard/reports/html/viewer",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: { input: "report.html" },
  },
});
