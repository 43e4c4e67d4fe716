// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** What the tour needs to know of the app. */
export interface TourData {
  /** The link inside the app to the derivation, offered at the end. */
  lesson: string;
  /** Colours for the style sheet: mark, right. */
  colours: Record<string, string>;
}
