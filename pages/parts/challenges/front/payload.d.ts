// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** A challenge on the Trade-off screen, and how far the state in the link is from its goal. */
export interface StripData {
  /** The name under which progress keeps that the goal was reached. */
  key: string;
  /** The challenge's name. */
  title: string;
  /** What is to be reached. */
  goal: string;
  /** What helps before the goal is reached. */
  hint: string;
  /** What the challenge shows, once its goal is reached. */
  insight: string;
  /** Whether the state in the link reaches the goal. */
  reached: boolean;
  /** How far the state is from the goal, in words. */
  sentence: string;
  /** The link inside the app at which the challenge begins. */
  start: string;
  /** The link inside the app at which the challenge after this one begins; empty after the last. */
  next: string;
  /** The link inside the app to all challenges. */
  all: string;
  /** Colours for the style sheet: right, chosen. */
  colours: Record<string, string>;
}

/** A challenge in the list. */
export interface CardData {
  /** The name under which progress keeps that the goal was reached. */
  key: string;
  /** The challenge's name. */
  title: string;
  /** What is to be reached. */
  goal: string;
  /** What the challenge shows, once its goal is reached. */
  insight: string;
  /** The link inside the app at which the challenge begins. */
  start: string;
}

/** All challenges. */
export interface ListData {
  /** In the order in which they are shown. */
  challenges: CardData[];
  /** What is said once all of them are done. */
  end: string;
  /** Colours for the style sheet: right, chosen. */
  colours: Record<string, string>;
}
