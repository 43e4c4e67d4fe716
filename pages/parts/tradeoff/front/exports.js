// What a visitor takes away: files that the server writes, and pictures of the chart.

export class Exports {
  constructor(instrument) {
    const { root } = instrument, menu = root.querySelector(".export");
    menu.ontoggle = () => {
      if (!menu.open) return;
      for (const link of menu.querySelectorAll("[data-export]")) {
        link.href = instrument.stream.address(link.dataset.export, instrument.question());
        link.download = `elbo-room-${link.dataset.export}`;
      }
    };
    menu.onkeydown = (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      event.preventDefault(); // nothing else is left by this key
    };
    for (const button of menu.querySelectorAll("[data-image]")) {
      button.onclick = async () => {
        const response = await fetch(instrument.stream.address("chart.json", instrument.question()));
        const figure = await response.json(), plotly = await instrument.plotly;
        figure.layout.paper_bgcolor = figure.layout.plot_bgcolor = "#ffffff";
        const size = { format: button.dataset.image, width: 960, height: 540, scale: 2, filename: "elbo-room-chart" };
        await plotly.downloadImage(figure, size);
        menu.open = false;
      };
    }
    const dialog = root.querySelector("dialog.snippet"), code = dialog.querySelector("pre");
    root.querySelector('[data-act="snippet"]').onclick = async () => {
      const response = await fetch(instrument.stream.address("snippet.py", instrument.question()));
      code.textContent = await response.text();
      menu.open = false;
      dialog.showModal();
    };
    root.querySelector('[data-act="copy"]').onclick = () => {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      navigator.clipboard?.writeText(code.textContent);
    };
  }
}
