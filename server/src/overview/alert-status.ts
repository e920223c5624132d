/** What notification and incidents know about one alert. */
export interface AlertStanding {
  /** Ids of the silences that match it now. */
  readonly silencedBy: readonly string[];
  /** Fingerprints of the alerts that inhibit it now. */
  readonly inhibitedBy: readonly string[];
  readonly receivers: readonly string[];
  readonly incidentId: string | null;
  /** Somebody has acknowledged its incident. */
  readonly acknowledged: boolean;
}

/** Read side of everything that hangs on an alert but is no part of its state. Unknown fingerprints have an empty standing. */
export interface AlertStatus {
  statusOf(fingerprint: string): AlertStanding;
  /** Calls back when the standing of an alert may have changed. Returns the way to stop. */
  subscribe(listener: (fingerprint: string) => void): () => void;
}

export const NO_STANDING: AlertStanding = {
  silencedBy: [],
  inhibitedBy: [],
  receivers: [],
  incidentId: null,
  acknowledged: false,
};
