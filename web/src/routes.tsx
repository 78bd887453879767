/*
 * routes: every page and the module it comes from.
 *
 * Flow: a page's code is loaded when it is first opened; the page before stays until then.
 * To add a page: a line here, and one in shell/places.ts when it belongs in the navigation.
 */
import type { ComponentType } from "react";
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Broken } from "./shell/Broken";
import { Entrance } from "./shell/Entrance";
import { Shell } from "./shell/Shell";

type Page = () => Promise<{ default: ComponentType }>;

/** A page by its path and module. */
const at = (path: string, page: Page): RouteObject => ({ path, lazy: async () => ({ Component: (await page()).default }) });

const pages: RouteObject[] = [
  { index: true, element: <Navigate to="home" replace /> },
  at("home", () => import("./pages/home/Home")),
  at("customers", () => import("./pages/customers/List")),
  at("customers/:id", () => import("./pages/customers/Profile")),
  at("segments", () => import("./pages/segments/List")),
  at("segments/new", () => import("./pages/segments/Edit")),
  at("segments/insights", () => import("./pages/segments/Insights")),
  at("segments/:name", () => import("./pages/segments/Detail")),
  at("segments/:name/edit", () => import("./pages/segments/Edit")),
  at("measures", () => import("./pages/measures/List")),
  at("measures/new", () => import("./pages/measures/Edit")),
  at("measures/templates", () => import("./pages/measures/Templates")),
  at("measures/:name", () => import("./pages/measures/Detail")),
  at("measures/:name/edit", () => import("./pages/measures/Edit")),
  at("intelligence", () => import("./pages/intelligence/Intelligence")),
  at("sources", () => import("./pages/sources/List")),
  at("sources/new", () => import("./pages/sources/New")),
  at("sources/:name", () => import("./pages/sources/Detail")),
  at("sources/:name/tables/:table", () => import("./pages/sources/Transform")),
  at("tables", () => import("./pages/tables/List")),
  at("tables/:table", () => import("./pages/tables/Detail")),
  { path: "unify", children: [
    at("", () => import("./pages/unify/Unify")),
    at(":tab", () => import("./pages/unify/Unify")),
  ] },
  at("review", () => import("./pages/review/Review")),
  at("review/pair", () => import("./pages/review/Pair")),
  at("enrichment", () => import("./pages/enrichment/Enrichment")),
  at("activities", () => import("./pages/activities/List")),
  at("activities/new", () => import("./pages/activities/Edit")),
  at("activities/:name", () => import("./pages/activities/Edit")),
  at("relationships", () => import("./pages/relationships/Relationships")),
  at("exports", () => import("./pages/exports/List")),
  at("exports/new", () => import("./pages/exports/Edit")),
  at("exports/:name", () => import("./pages/exports/Edit")),
  at("connections", () => import("./pages/connections/List")),
  at("connections/new", () => import("./pages/connections/Edit")),
  at("connections/:name", () => import("./pages/connections/Edit")),
  at("system", () => import("./pages/system/Runs")),
  at("system/runs/:run", () => import("./pages/system/Run")),
  at("system/jobs/:id", () => import("./pages/system/Job")),
  at("system/schedule", () => import("./pages/system/Schedule")),
  at("permissions", () => import("./pages/permissions/Permissions")),
  at("audit", () => import("./pages/audit/Audit")),
  at("*", () => import("./shell/NotFound")),
];

/** The routes of the application. */
export const router = createBrowserRouter([
  {
    errorElement: <Broken alone />,
    hydrateFallbackElement: <div />,
    children: [
      at("/", () => import("./shell/Start")),
      at("/signin", () => import("./pages/signin/SignIn")),
      at("/setup", () => import("./pages/setup/Setup")),
      {
        element: <Entrance />,
        children: [
          at("/docs", () => import("./pages/docs/Docs")),
          at("/new", () => import("./pages/setup/NewProject")),
          { path: "/p/:project", element: <Shell />, children: pages.map((page) => ({ ...page, errorElement: <Broken /> })) },
        ],
      },
      at("*", () => import("./shell/NotFound")),
    ],
  },
]);
