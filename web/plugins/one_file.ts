// One HTML file with its script and style inside, and a policy that lets it load nothing at all.
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const SCRIPT = /<script type="module"[^>]*src="[^"]*"><\/script>/;
const STYLE = /<link rel="stylesheet"[^>]*>/;

export function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const page = files.find((file) => file.type === "asset" && file.fileName.endsWith(".html"));
      const script = files.find((file) => file.type === "chunk");
      const style = files.find((file) => file.type === "asset" && file.fileName.endsWith(".css"));
      if (page?.type !== "asset" || script?.type !== "chunk" || style?.type !== "asset" || files.length !== 3) {
        throw new Error(`one page, script and style are expected, and not ${files.map((file) => file.fileName).join(", ")}`);
      }
      const code = script.code.trim().replaceAll("</script", "<\\/script");
      const css = String(style.source).trim();
      const policy = [
        "default-src 'none'",
        `script-src '${digest(code)}'`,
        `style-src '${digest(css)}'`,
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; ");
      const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
      page.source = once(once(String(page.source), STYLE, ""), SCRIPT, "")
        .replace("<meta charset=\"utf-8\" />", () => `<meta charset="utf-8" />\n    ${meta}`)
        .replace("</head>", () => `<style>${css}</style>\n  </head>`)
        .replace("</body>", () => `<script type="module">${code}</script>\n  </body>`);
      for (const file of files) if (file !== page) delete bundle[file.fileName];
    },
  };
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function once(text: string, pattern: RegExp, by: string): string {
  if (!pattern.test(text)) throw new Error(`the page has no ${pattern}`);
  return text.replace(pattern, () => by);
}
