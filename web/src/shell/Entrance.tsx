/*
 * Entrance: lets in who is signed in; others go to sign in and come back.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { onSignedOut } from "../api/client";
import { useSession } from "../api/hooks";
import { ErrorView, Loading } from "../parts/states";

/** Lets in who is signed in. */
export function Entrance() {
  const session = useSession();
  const queries = useQueryClient();
  const location = useLocation();
  useEffect(() => onSignedOut(() => void queries.invalidateQueries({ queryKey: ["/api/session"] })), [queries]);
  if (session.data?.user) return <Outlet />;
  if (session.error) return <ErrorView problem={session.error} retry={() => void session.refetch()} />;
  if (!session.data) return <Loading />;
  return <Navigate to={session.data.setup ? "/setup" : "/signin"} replace state={{ from: location.pathname + location.search }} />;
}
