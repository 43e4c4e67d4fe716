// Written by `python -m tests.declarations` from payload_types.py of this folder: change that.

/** One of the answers to choose from. */
export interface AnswerData {
  /** What the button says. */
  text: string;
  /** Whether it is the right answer. */
  right: boolean;
  /** Why it is right or wrong, shown once it is chosen. */
  reason: string;
}

/** A question, its answers, and where to look. */
export interface QuestionData {
  /** The name under which progress keeps that it is answered. */
  key: string;
  /** The number before the text, if any. */
  number: number | null;
  /** The question; what stands between backticks is code. */
  text: string;
  /** In the order in which they are shown. */
  answers: AnswerData[];
  /** A link inside the app that shows the answer; empty without one. */
  see: string;
  /** What that link says. */
  seeLabel: string;
  /** Colours for the style sheet: right, wrong, chosen. */
  colours: Record<string, string>;
}

/** Which questions count, and which are forgotten by starting over. */
export interface ScoreData {
  /** The names under which progress keeps the questions that count. */
  keys: string[];
  /** All progress whose name begins so is taken back by "Start over". */
  prefix: string;
  /** Colours for the style sheet: right, wrong, chosen. */
  colours: Record<string, string>;
}

/** A topic of the quiz. */
export interface ResultPart {
  /** Its title. */
  title: string;
  /** The names under which progress keeps its questions, in their order. */
  keys: string[];
  /** The link inside the app to where one can read it again. */
  see: string;
  /** The text of that link. */
  seeLabel: string;
}

/** What the first answers to the quiz are counted by. */
export interface ResultData {
  /** The topics, in the order of their questions. */
  parts: ResultPart[];
  /** Colours for the style sheet: right, wrong, chosen. */
  colours: Record<string, string>;
}
