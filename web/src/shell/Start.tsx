// Start: the address without a page leads to the project used last, or to making one.
import { Navigate } from "react-router";
import { useGet, useSession } from "../api/hooks";
import { seg } from "../api/client";
import type { ProjectEntry } from "../api/types";
import { ErrorView, Loading } from "../parts/states";
import { lastProject } from "./last";

/** Leads on. */
export default function Start() {
  const session = useSession();
  const projects = useGet<ProjectEntry[]>("/api/projects", { enabled: session.data?.user != null });
  if (session.error) return <ErrorView problem={session.error} retry={() => void session.refetch()} />;
  if (session.data && !session.data.user) return <Navigate to={session.data.setup ? "/setup" : "/signin"} replace />;
  if (projects.error) return <ErrorView problem={projects.error} retry={() => void projects.refetch()} />;
  if (!projects.data) return <Loading />;
  const kept = lastProject();
  const target = projects.data.find((one) => one.name === kept) ?? projects.data[0];
  return <Navigate to={target ? `/p/${seg(target.name)}/home` : "/new"} replace />;
}
