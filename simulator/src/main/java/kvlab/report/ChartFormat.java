package kvlab.report;

import java.util.Locale;

/** A format that charts are written in, by the ending of its files. */
public enum ChartFormat {
  SVG,
  PDF,
  PNG;

  /** As on the command line and at the end of a file's name. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
