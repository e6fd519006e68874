// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceAnchor} from "../src/EvidenceAnchor.sol";
import {Foundry} from "./Foundry.sol";

/// @notice Four accounts that call the contract in any order, and a second, slower record of what
/// must have come of it. Few roots and few sizes, so that repeats and refusals happen often.
contract Players is Foundry {
    struct Anchor {
        uint64 time;
        uint64 size;
        uint64 height;
    }

    struct Revocation {
        uint64 time;
        uint8 reason;
    }

    uint256 public constant ROOTS = 6;

    /// @notice Calls whose outcome was not the one the rules ask for.
    uint256 public surprises;
    mapping(bytes32 root => Anchor) public firstAnchor;
    mapping(bytes32 leaf => Revocation) public firstRevocation;

    EvidenceAnchor private immutable _notebook;
    bytes32 private immutable _anchorRole;
    bytes32 private immutable _registrarRole;
    address private immutable _admin;
    address[3] private _others;
    mapping(bytes32 role => mapping(address account => bool)) private _holds;

    constructor(EvidenceAnchor notebook, address admin, address[3] memory others) {
        _notebook = notebook;
        _anchorRole = notebook.ANCHOR_ROLE();
        _registrarRole = notebook.REGISTRAR_ROLE();
        _admin = admin;
        _others = others;
        _holds[_anchorRole][others[0]] = true;
        _holds[_registrarRole][others[1]] = true;
    }

    /// @notice The root at a place of the small pool; the one at 0 is the zero root.
    function rootAt(uint256 index) public pure returns (bytes32) {
        return index == 0 ? bytes32(0) : keccak256(abi.encode(index));
    }

    function anchor(uint256 who, uint256 which, uint64 size) external {
        address sender = _account(who);
        bytes32 root = rootAt(which % ROOTS);
        size = size % 4;
        bool allowed = _holds[_anchorRole][sender] && root != bytes32(0) && size != 0
            && firstAnchor[root].size == 0;
        vm.prank(sender);
        try _notebook.anchor(root, size) {
            _expect(allowed);
            firstAnchor[root] = Anchor(uint64(block.timestamp), size, uint64(block.number));
        } catch {
            _expect(!allowed);
        }
    }

    function revoke(uint256 who, uint256 which, uint8 reason) external {
        address sender = _account(who);
        bytes32 leaf = rootAt(which % ROOTS);
        reason = reason % 4;
        bool allowed =
            _holds[_registrarRole][sender] && reason != 0 && firstRevocation[leaf].reason == 0;
        vm.prank(sender);
        try _notebook.revoke(leaf, reason) {
            _expect(allowed);
            firstRevocation[leaf] = Revocation(uint64(block.timestamp), reason);
        } catch {
            _expect(!allowed);
        }
    }

    function grant(uint256 who, bool anchoring, uint256 whom) external {
        address sender = _account(who);
        bytes32 role = anchoring ? _anchorRole : _registrarRole;
        address account = _account(whom);
        vm.prank(sender);
        try _notebook.grantRole(role, account) {
            _expect(sender == _admin);
            _holds[role][account] = true;
        } catch {
            _expect(sender != _admin);
        }
    }

    function take(uint256 who, bool anchoring, uint256 whom) external {
        address sender = _account(who);
        bytes32 role = anchoring ? _anchorRole : _registrarRole;
        address account = _account(whom);
        vm.prank(sender);
        try _notebook.revokeRole(role, account) {
            _expect(sender == _admin);
            _holds[role][account] = false;
        } catch {
            _expect(sender != _admin);
        }
    }

    function pay(uint256 who) external {
        address sender = _account(who);
        vm.deal(sender, 1 ether);
        vm.prank(sender);
        (bool taken,) = address(_notebook).call{value: 1}("");
        _expect(!taken);
    }

    function wait(uint32 seconds_, uint16 blocks) external {
        vm.warp(block.timestamp + seconds_);
        vm.roll(block.number + blocks);
    }

    function _account(uint256 who) private view returns (address) {
        uint256 place = who % 4;
        return place == 3 ? _admin : _others[place];
    }

    function _expect(bool asRuled) private {
        if (!asRuled) surprises++;
    }
}
