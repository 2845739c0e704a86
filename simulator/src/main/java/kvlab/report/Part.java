package kvlab.report;

import java.awt.Color;
import java.util.Locale;

/**
 * A part of the KV pool, in the order in which charts stack them.
 *
 * <p>Colours are chosen by lightness first, so that parts differ in greyscale and for colour-blind
 * eyes: CIE L* values are a ladder from 23 to 93 with rungs of 8 or more, and parts that touch in the
 * full stack are 17 or more apart.
 */
public enum Part {
  LIVE("live", 0x014F8B),
  RESERVED("reserved (filled later)", 0x75C4F4),
  INTERNAL("internal (never filled)", 0xD3471B),
  ROUNDING("rounding", 0xFBCD5A),
  CACHED("cached (prefixes)", 0x00A26D),
  EXTERNAL("external (free, scattered)", 0x87498C),
  SHORT("short (free, too few)", 0xE985B4),
  IDLE("idle (free, nobody waits)", 0xEAE9EB),
  WITHHELD("withheld", 0x35373A);

  private final String label;
  private final Color color;
  private final String column = name().toLowerCase(Locale.ROOT) + "_pct";

  Part(String label, int rgb) {
    this.label = label;
    this.color = new Color(rgb);
  }

  /** The column of its share of the pool in per cent. */
  public String column() {
    return column;
  }

  /** What a legend calls it. */
  public String label() {
    return label;
  }

  public Color color() {
    return color;
  }
}
