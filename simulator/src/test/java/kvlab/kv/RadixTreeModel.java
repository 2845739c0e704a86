package kvlab.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A radix tree as SGLang has it ({@code mem_cache/radix_cache.py}), written plainly: nodes with keys of
 * several pages that are split where a match ends, locked along their path, evicted as whole leaves, the
 * least recently used first. An oracle for {@link PrefixTree}; pages are only counted.
 */
final class RadixTreeModel {
  /** A path without a branch. */
  static final class Node {
    private Node parent;
    private List<Long> key;
    private final List<Node> children = new ArrayList<>();
    private int locks;
    private long usedAt;

    private Node(List<Long> key, long usedAt) {
      this.key = key;
      this.usedAt = usedAt;
      this.parent = this;
    }

    private void adopt(Node child) {
      child.parent = this;
      children.add(child);
    }

    private Optional<Node> towards(List<Long> pages, int at) {
      if (at == pages.size()) {
        return Optional.empty();
      }
      return children.stream().filter(c -> c.key.get(0).equals(pages.get(at))).findFirst();
    }
  }

  final Node root = new Node(List.of(), 0);
  private long now;

  /** How many leading pages are in the tree; of these so many are not locked, when asked for idle ones. */
  int length(List<Long> pages, boolean idleOnly) {
    int at = 0;
    int counted = 0;
    Optional<Node> next = root.towards(pages, at);
    while (next.isPresent()) {
      Node node = next.get();
      int common = common(node.key, pages, at);
      at += common;
      counted += idleOnly && node.locks > 0 ? 0 : common;
      next = common < node.key.size() ? Optional.empty() : node.towards(pages, at);
    }
    return counted;
  }

  private static int common(List<Long> key, List<Long> pages, int from) {
    int length = 0;
    while (length < key.size()
        && from + length < pages.size()
        && key.get(length).equals(pages.get(from + length))) {
      length++;
    }
    return length;
  }

  /** Uses the longest prefix and returns the node that ends with it, splitting one where it must. */
  Node match(List<Long> pages) {
    now++;
    return walk(pages);
  }

  private Node walk(List<Long> pages) {
    Node node = root;
    int at = 0;
    Optional<Node> next = root.towards(pages, at);
    while (next.isPresent()) {
      node = next.get();
      int common = common(node.key, pages, at);
      at += common;
      if (common < node.key.size()) {
        return split(node, common);
      }
      node.usedAt = now;
      next = node.towards(pages, at);
    }
    return node;
  }

  private Node split(Node child, int length) {
    Node upper = new Node(List.copyOf(child.key.subList(0, length)), now);
    upper.locks = child.locks;
    child.parent.children.remove(child);
    child.parent.adopt(upper);
    child.key = List.copyOf(child.key.subList(length, child.key.size()));
    upper.adopt(child);
    return upper;
  }

  /** Adds what is not there and returns the node that ends with the last page. */
  Node insert(List<Long> pages) {
    now++;
    int known = length(pages, false);
    Node node = walk(pages);
    if (known == pages.size()) {
      return node;
    }
    Node leaf = new Node(List.copyOf(pages.subList(known, pages.size())), now);
    node.adopt(leaf);
    return leaf;
  }

  void lock(Node last, int by) {
    for (Node node = last; node != root; node = node.parent) {
      node.locks += by;
    }
  }

  /** Pages of the nodes that nobody holds. */
  int idlePages() {
    int pages = 0;
    for (Node node : nodes()) {
      pages += node.locks == 0 ? node.key.size() : 0;
    }
    return pages;
  }

  /** Removes the leaf used least recently; the pages that it had. */
  int evict() {
    Node oldest = root;
    for (Node node : nodes()) {
      boolean leaf = node.locks == 0 && node.children.isEmpty();
      if (leaf && (oldest == root || node.usedAt < oldest.usedAt)) {
        oldest = node;
      }
    }
    oldest.parent.children.remove(oldest);
    return oldest.key.size();
  }

  private List<Node> nodes() {
    List<Node> nodes = new ArrayList<>(root.children);
    for (int i = 0; i < nodes.size(); i++) {
      nodes.addAll(nodes.get(i).children);
    }
    return nodes;
  }
}
