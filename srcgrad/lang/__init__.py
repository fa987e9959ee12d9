"""Text to trees and back; knows no calculus."""
