import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, transformWithOxc } from "vite";

const out = join(import.meta.dirname, "..", "public");

/** Which file imports which, for the budget of scripts/console-budget.ts. */
const chunkGraph: Plugin = {
  name: "chunk-graph",
  writeBundle(_options, bundle) {
    const chunks = Object.values(bundle).flatMap((file) =>
      file.type === "asset"
        ? []
        : [
            {
              file: file.fileName,
              module: file.facadeModuleId?.slice(import.meta.dirname.length + 1) ?? null,
              imports: file.imports,
              css: [...(file.viteMetadata?.importedCss ?? [])],
            },
          ],
    );
    const folder = join(import.meta.dirname, "..", ".build");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "console-chunks.json"), JSON.stringify(chunks));
  },
};

/**
 * Few files: each costs a request, and what is packed together is packed smaller. A group takes what no group before it
 * has taken, with all that its modules import.
 */
const groups = [
  { name: "frame", tags: ["$initial" as const] },
  // Modules that screens share, fetched with the first of them.
  { name: "kit", test: /web\/src\/kit\/(?!words\/)|node_modules/ },
  { name: "en", test: /areas\/(?!inbox\/).*\/words\/(?:rights-)?en\.ts$/ },
  { name: "id", test: /areas\/(?!inbox\/).*\/words\/(?:rights-)?id\.ts$/ },
];

const workerFile = join(import.meta.dirname, "src", "push-worker.ts");

/** Browsers know the service worker by its address, which stays. It imports nothing, and is part of no other file. */
const pushWorker: Plugin = {
  name: "push-worker",
  buildStart() {
    this.addWatchFile(workerFile);
  },
  async generateBundle() {
    const { code } = await transformWithOxc(readFileSync(workerFile, "utf8"), workerFile, { sourcemap: false });
    this.emitFile({ type: "asset", fileName: "push-worker.js", source: code });
  },
};

/** The console: one page, public/app.html, its service worker, and hashed files in public/assets. scripts/console.ts builds it. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: false,
  logLevel: "warn",
  plugins: [
    react(),
    chunkGraph,
    pushWorker,
    // React Aria's own texts in one language; those that people hear are ours, by labels.
    { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" },
  ],
  css: { modules: { generateScopedName: "[name]_[local]_[hash:base64:4]" } },
  build: {
    outDir: out,
    emptyOutDir: false,
    target: "es2023",
    // The policy of the page allows no data: fonts, and every file is cached for a year.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: join(import.meta.dirname, "app.html"),
      output: { codeSplitting: { groups } },
    },
  },
});
