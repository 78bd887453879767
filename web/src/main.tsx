/*
 * main: where the web application begins.
 *
 * Flow: theme and nonce -> queries -> toasts and questions -> routes.
 * Invariants: every style element carries the page's nonce.
 */
import { createDOMRenderer, FluentProvider, RendererProvider } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { ApiProblem } from "./api/client";
import "./main.css";
import { nonce } from "./nonce";
import { Confirming } from "./parts/confirm";
import { Toasts } from "./parts/toast";
import { router } from "./routes";
import { giveFocusBack } from "./shell/focus-back";
import { dark, light, SchemeProvider, useSchemeState } from "./theme";

const renderer = createDOMRenderer(document, nonce ? { styleElementAttributes: { nonce } } : {});
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // Ask again only where there was no answer or a server at its limits.
      retry: (count, error) => count < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 502),
    },
  },
});

// Problems of changes were shown where they happened; nobody has to hear of them twice.
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof ApiProblem) event.preventDefault();
});

function Application() {
  const scheme = useSchemeState();
  return (
    <SchemeProvider value={scheme}>
      <RendererProvider renderer={renderer} targetDocument={document}>
        <FluentProvider theme={scheme.dark ? dark : light}>
          <QueryClientProvider client={queries}>
            <Toasts>
              <Confirming>
                <RouterProvider router={router} />
              </Confirming>
            </Toasts>
          </QueryClientProvider>
        </FluentProvider>
      </RendererProvider>
    </SchemeProvider>
  );
}

giveFocusBack();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Application />
    </StrictMode>,
  );
}
