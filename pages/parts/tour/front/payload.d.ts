// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** What the introduction needs to know of the app. */
export interface TourData {
  /** The link inside the app to the derivation, offered at the end. */
  lesson: string;
  /** Whether it may be played again: not where a teacher or a challenge has set a task. */
  offered: boolean;
  /** Colours for the style sheet, by the meaning of each. */
  colours: Record<string, string>;
}
