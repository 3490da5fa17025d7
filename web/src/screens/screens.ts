// The screens by the name that the address has for them. Each is a file of its own, loaded when it
// is first shown; to add one, add a line here.
import type { ComponentType } from "preact";

export interface ScreenProps {
  subject: string | null;
  query: URLSearchParams;
}

export interface Screen {
  title: string;
  /** It is in the navigation. */
  isListed: boolean;
  load: () => Promise<ComponentType<ScreenProps>>;
}

export const SCREENS: Readonly<Record<string, Screen>> = {
  yard: { title: "Yard", isListed: true, load: () => import("./yard/yard").then((module) => module.Yard) },
  charger: { title: "Charger", isListed: false, load: () => import("./charger/charger").then((module) => module.ChargerScreen) },
  doorbell: { title: "Doorbell", isListed: true, load: () => import("./doorbell/doorbell").then((module) => module.Doorbell) },
  backend: { title: "Backend", isListed: true, load: () => import("./backend/backend").then((module) => module.Backend) },
  new: { title: "New", isListed: true, load: () => import("./new/new").then((module) => module.New) },
};
