// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** The screens that a set list may hold, and how a link to them is opened. */
export interface PresentData {
  /** The title of every screen, by its path. */
  titles: Record<string, string>;
  /** The paths of the Trade-off screen. */
  room: string[];
  /** The model that a link without one means. */
  model: string;
  /** And the digit. */
  digit: string;
  /** The link parameters that belong to the frame and not to a screen. */
  frame: string[];
  /** The most characters of a title. */
  longest: number;
  /** Colours for the style sheet: chosen. */
  colours: Record<string, string>;
}
