// The little of Plotly that the scripts use. Plotly is loaded as a classic script; its own types are larger than our code.

/** A trace, an axis, a layout: plain data that only Plotly reads. */
export type Settings = Record<string, any>;

/** A chart as Python sends it. */
export interface Figure {
  data: Settings[];
  layout: Settings;
  legend: string;
}

export interface Axis {
  _offset: number;
  _length: number;
  range: [number, number];
  _inputRange?: number[] | null;
  tickvals?: number[];
  d2p(value: number): number;
  p2d(pixels: number): number;
}

export interface PlotElement extends HTMLElement {
  _fullLayout?: Record<string, Axis> & { _hoversubplot?: any };
  on(event: string, listener: () => void): void;
}

export interface Plotly {
  react(plot: HTMLElement, data: Settings[], layout: Settings, config: Settings): unknown;
  purge(plot: HTMLElement): void;
  downloadImage(figure: Settings, options: Settings): Promise<unknown>;
  Plots: { resize(plot: HTMLElement): unknown };
  Fx: { unhover(plot: HTMLElement): void };
}

declare global {
  interface Window {
    Plotly: Plotly;
  }
}
