/** Light and dark: as the system has it until the reader says otherwise; paper is light. */
const theme = {
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  printing: false,

  apply() {
    document.documentElement.dataset.theme = this.dark && !this.printing ? 'dark' : 'light';
    view.tell();
  },

  /** Of something that has a colour for each: the one to use now. */
  of(thing) {
    return this.dark && !this.printing ? thing.dark : thing.light;
  },

  /** A colour of the style. */
  css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  },

  start() {
    document.getElementById('theme').addEventListener('click', () => {
      this.dark = !this.dark;
      this.apply();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (change) => {
      this.dark = change.matches;
      this.apply();
    });
    addEventListener('beforeprint', () => this.print(true));
    addEventListener('afterprint', () => this.print(false));
    this.apply();
  },

  print(printing) {
    this.printing = printing;
    this.apply();
  },
};
