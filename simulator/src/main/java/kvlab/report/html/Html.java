package kvlab.report.html;

import kvlab.text.Decimals;

/** HTML text in the making, and how numbers look in it. */
final class Html {
  private final StringBuilder text = new StringBuilder();

  /** Appends markup as it is. */
  Html raw(String markup) {
    text.append(markup);
    return this;
  }

  /** Appends an element without attributes around text, which is escaped. */
  Html element(String name, String content) {
    return raw("<" + name + ">" + escaped(content) + "</" + name + ">");
  }

  /** Appends an element of a class around text, which is escaped. */
  Html element(String name, String cssClass, String content) {
    return raw("<" + name + " class=\"" + cssClass + "\">" + escaped(content) + "</" + name + ">");
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** A name in a sentence. */
  static String strong(String text) {
    return "<strong>" + escaped(text) + "</strong>";
  }

  /** A number with so many decimals and separated thousands; a dash for one that is not there. */
  static String fixed(double value, int decimals) {
    return Double.isFinite(value) ? Decimals.grouped(value, decimals) : "–";
  }

  static String whole(double value) {
    return fixed(value, 0);
  }

  /** Seconds from milliseconds, to three digits as far as a millisecond. */
  static String seconds(double milliseconds) {
    double s = milliseconds / 1e3;
    return fixed(s, s >= 100 ? 0 : s >= 10 ? 1 : s >= 1 ? 2 : 3);
  }

  /** Milliseconds, to three digits. */
  static String milliseconds(double value) {
    return fixed(value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
  }

  /** A ratio as in {@code 1.6 times}. */
  static String times(double ratio) {
    return fixed(ratio, ratio >= 10 ? 0 : ratio >= 2 ? 1 : 2);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
