/*
 * vite.config: how the web application is built and served while it is written.
 *
 * Flow: `npm run build` writes dist/ with hashed names; the binary embeds it. `npm run dev` serves src and hands /api on.
 * Invariants: nothing inline (the content security policy forbids it); no source maps in dist.
 * Not here: compression (build/compress.mjs), the size limit (build/size.mjs).
 */
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** While developing, the placeholder of the nonce stays empty. */
const nonce: Plugin = {
  name: "onefold-nonce",
  apply: "serve",
  transformIndexHtml: (html) => html.replaceAll("{{nonce}}", ""),
};

export default defineConfig({
  plugins: [react(), nonce],
  build: {
    outDir: "dist",
    target: "es2023",
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    manifest: "build.json",
    rolldownOptions: {
      output: {
        // What every page needs and what changes only with its versions, in one file.
        codeSplitting: {
          groups: [{ name: "frame", test: /node_modules[\\/](react|react-dom|scheduler|react-router|@tanstack[\\/](react-query|query-core))[\\/]/ }],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: process.env.ONEFOLD_API ?? "http://127.0.0.1:7400", changeOrigin: true } },
  },
});
