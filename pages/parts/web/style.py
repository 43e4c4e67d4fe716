"""The style sheet of all screens: small corrections to what Streamlit leaves, and our own table and image strip."""

from pathlib import Path

ICON = Path(__file__).parent / "icon.svg"
"""Of the browser's tab; a file of ours, since Streamlit's own icons would be fetched from another host."""

CSS = """<style>
/* Every size is in rem: in a large window all type grows. 16 pixels at 1280 × 720, 20 at 1920 × 1080. */
html { font-size: max(100%, min(100vh / 54, 100vw / 96)); }

/* A projector has 720 lines: the page begins right under the navigation, and things stand closer. */
.stMainBlockContainer { padding: 3.9rem 1.25rem 1rem; }

/* In a narrow window the way to the other screens: two arrows alone do not say so. */
[data-testid="stExpandSidebarButton"]::after { content: "Menu"; font-size: 1rem; padding-right: 0.3rem; }

/* The digit control: pictures for buttons, the number kept for those who do not see them. */
.st-key-digit [role="radiogroup"], .st-key-digit [data-baseweb="button-group"] {
  display: grid; grid-template-columns: repeat(5, 1fr); gap: 4px; }
.st-key-digit button {
  aspect-ratio: 1; min-height: 0; height: auto; padding: 0; border-radius: 6px; background-color: #000;
  background-size: cover; image-rendering: pixelated; border: 2px solid transparent; color: transparent; }
.st-key-digit button * { color: transparent !important; }
.st-key-digit button[aria-checked="true"], .st-key-digit button[kind="segmented_controlActive"] {
  outline: 3px solid var(--st-primary-color); }

/* Streamlit's own colours of code and of what is chosen are too faint for many eyes: shape and weight say it instead. */
[data-testid="stCode"] .token { color: inherit !important; }
[data-testid="stCode"] .token.keyword { font-weight: 700; }
button[data-variant="segmented_control"][data-selected="true"] p { color: CanvasText; font-weight: 600; }

.strip { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 4px 6px; max-width: 34rem; }
.strip figure { margin: 0; }
.strip img { width: 100%; display: block; image-rendering: pixelated; border-radius: 4px; background: #000; }
.strip figcaption { font-size: 0.8rem; line-height: 1.25; text-align: center; white-space: nowrap; }

.panel-title { margin: 0; font-size: 1rem; line-height: 1.3; }
.panel-title span { font-size: 0.8rem; opacity: 0.75; margin-left: 0.4em; }

.legend { margin: 0; font-size: 0.85rem; line-height: 1.3; display: flex; flex-wrap: wrap; gap: 0 0.9em; }
.legend span { white-space: nowrap; }
.legend .line { display: inline-block; width: 1.5em; border-top: 3px; vertical-align: 0.25em; }
.legend .fill { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; }

.ledger { border-collapse: collapse; width: 100%; font-size: 0.95rem; font-variant-numeric: tabular-nums; }
.ledger caption { caption-side: top; text-align: left; font-size: 0.85rem; opacity: 0.8; padding-bottom: 2px; }
.ledger th, .ledger td {
  padding: 1px 4px; border: 0; border-bottom: 1px solid rgba(128, 132, 140, 0.28); line-height: 1.35; }
.ledger th { text-align: left; font-weight: 500; white-space: nowrap; }
.ledger td:nth-child(2) { text-align: right; font-weight: 600; white-space: nowrap; }
.ledger tr:nth-child(n + 7) th { white-space: normal; font-size: 0.85rem; }
.ledger td:nth-child(3) { font-size: 0.78rem; opacity: 0.85; white-space: nowrap; }
.ledger .swatch { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em; border-radius: 2px; }

/* The goal of a challenge stays in sight: above the instrument, whose charts give the room (--challenge) as does the advice,
   which is silent then; or at the foot of a narrow window. */
.instrument.challenged .advice { min-height: 0; }
[data-testid="stLayoutWrapper"]:has(> .st-key-challenge) {
  position: sticky; bottom: calc(0.25rem + var(--class-bar, 0px) + var(--present-foot, 0px)); z-index: 30; }
@media (min-width: 1200px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-challenge) { position: static; order: -1; margin-bottom: -0.8rem; }
}

/* What the frame puts on every screen takes no room, but for the task of a class. */
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-class_link"]) { display: none; }
[data-testid="stLayoutWrapper"]:has(> .st-key-share) { position: absolute; height: 0; width: 0; }
[data-testid="stElementContainer"]:has(.class-task) { margin-bottom: -1rem; }
.class-task { margin: 0; padding: 0.1rem 0.7rem; border-left: 5px solid currentColor; font-size: 0.95rem;
  line-height: 1.35; background: rgba(128, 132, 140, 0.14); border-radius: 0.3rem; overflow-wrap: anywhere; }
.class-task b { margin-right: 0.4em; }

.wide { overflow-x: auto; }
.models { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.models caption { text-align: left; caption-side: top; opacity: 0.8; }
.models th, .models td {
  padding: 3px 10px 3px 0; text-align: right; border: 0; border-bottom: 1px solid rgba(128, 132, 140, 0.28); }
.models th:first-child, .models :is(th, td):nth-child(2) { text-align: left; }
.models.log :is(th, td):nth-child(n) { text-align: right; }
.models code { white-space: nowrap; }

/* The result of the quiz stays in view beside its questions. (Its own style sheet reaches no part of the page.) */
[data-testid="stColumn"]:has(.st-key-result) > [data-testid="stVerticalBlock"] {
  position: sticky; top: 4.5rem; height: auto; }

/* Ctrl+P: the screen as it stands, made smaller as a whole (front/paper.js says by how much). */
@media print {
  @page { size: landscape; margin: 8mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html, body, #root, .stApp, [data-testid="stAppViewContainer"], .stMain {
    position: static !important; height: auto !important; min-height: 0 !important; max-height: none !important;
    overflow: visible !important; }
  .stApp:not(:has(div.sheet)) { width: var(--screen-width) !important; zoom: var(--paper-zoom, 1); }
  .stMainBlockContainer { padding-top: 1rem !important; }
  /* Of a narrow window: its media queries do not hold on paper, which is wider. */
  html.narrow-paper .stMainBlockContainer { padding-inline: 0.75rem !important; }
  html.narrow-paper [data-testid="stHorizontalBlock"] { display: block !important; }
  html.narrow-paper [data-testid="stColumn"] { width: auto !important; }
  [data-testid="stHeader"], [data-testid="stToolbar"], [data-testid="stStatusWidget"] {
    display: none !important; }
  .chart, .plot, .panel, .question, .card, pre, figure, tr { break-inside: avoid; }
  /* One question below the other, so that none is broken between two sheets. */
  [data-testid="stHorizontalBlock"]:has(.st-key-result) {
    &, > [data-testid="stColumn"] { display: block !important; width: auto !important; }
    [data-testid="stVerticalBlock"] { display: block !important; position: static !important; }
  }
  [class*="st-key-question-"] { break-inside: avoid; }
  [data-testid="stElementContainer"]:has(h2, h3) { break-inside: avoid; break-after: avoid; }
}

/* Where the system sets all colours, backgrounds and shadows vanish: what is chosen has a border of its own, and the
   swatches of legends keep their colours. */
@media (forced-colors: active) {
  button:is([aria-pressed="true"], [aria-checked="true"], [aria-selected="true"]) {
    outline: 3px solid Highlight !important; outline-offset: -1px; }
  button:focus-visible { outline: 3px solid CanvasText !important; outline-offset: 3px; }
  .swatch, .legend i { forced-color-adjust: none; }
}

@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.9rem 0.75rem 1rem; }
  .katex-display { font-size: 0.9em; }
}
</style>"""
